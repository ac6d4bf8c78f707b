"""The desk: one leader decides for all that wait; what is wrong with one is not the others' trouble."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from identity.spending.desk import Desk

THREADS = 12


def crowd(desk: Desk[int, int], gate: Event) -> list[Any]:
    """The answers to 0, which holds the desk until the others lie there, and to those others; or what they raised."""

    def ask(question: int) -> Any:
        try:
            return desk.ask(question)
        except (ConnectionError, ValueError) as error:
            return error

    with ThreadPoolExecutor(THREADS + 1) as pool:
        first = pool.submit(ask, 0)
        time.sleep(0.1)
        others = [pool.submit(ask, number) for number in range(1, THREADS + 1)]
        time.sleep(0.3)
        gate.set()
        return [first.result(10), *(other.result(10) for other in others)]


def gated(gate: Event, decide: Callable[[Sequence[int]], list[int]]) -> Callable[[Sequence[int]], list[int]]:
    def wait_first(questions: Sequence[int]) -> list[int]:
        if 0 in questions:
            gate.wait(10)
        return decide(questions)

    return wait_first


def test_it_decides_together_what_waited_together() -> None:
    gate, sizes = Event(), []

    def decide(questions: Sequence[int]) -> list[int]:
        sizes.append(len(questions))
        return [number * 2 for number in questions]

    assert crowd(Desk(gated(gate, decide)), gate) == [number * 2 for number in range(THREADS + 1)]
    assert sizes == [1, THREADS]


def test_it_spares_the_others_when_one_is_wrong() -> None:
    gate = Event()

    def decide(questions: Sequence[int]) -> list[int]:
        if 3 in questions:
            raise ValueError("this one")
        return list(questions)

    answers = crowd(Desk(gated(gate, decide)), gate)
    assert isinstance(answers.pop(3), ValueError)
    assert answers == [number for number in range(THREADS + 1) if number != 3]


def test_it_tells_all_at_once_that_the_database_is_gone() -> None:
    """Each alone would wait for its own refusal, all of them behind one another."""
    gate, tries = Event(), []

    def decide(questions: Sequence[int]) -> list[int]:
        if 0 in questions:
            return list(questions)
        tries.append(len(questions))
        raise ConnectionError("gone")

    desk = Desk(gated(gate, decide), is_of_all=lambda error: isinstance(error, ConnectionError))
    answers = crowd(desk, gate)
    assert tries == [THREADS, THREADS]
    assert all(isinstance(answer, ConnectionError) for answer in answers[1:])
    assert desk.ask(0) == 0


def test_it_asks_once_more_since_only_the_connection_may_have_been_old() -> None:
    tries = []

    def decide(questions: Sequence[int]) -> list[int]:
        tries.append(len(questions))
        if len(tries) == 1:
            raise ConnectionError("old")
        return list(questions)

    assert Desk(decide, is_of_all=lambda error: isinstance(error, ConnectionError)).ask(7) == 7


def test_it_waits_a_moment_for_those_it_has_just_answered() -> None:
    gate, sizes = Event(), []

    def decide(questions: Sequence[int]) -> list[int]:
        sizes.append(len(questions))
        return list(questions)

    desk = Desk(gated(gate, decide))
    crowd(desk, gate)
    assert [desk.ask(number) for number in range(1, 4)] == [1, 2, 3]
    assert sizes[2:] == [1, 1, 1]  # nobody came: one decided alone, and after him nobody waited


def test_it_wakes_everybody_although_one_gave_up_waiting() -> None:
    gate, waiting = Event(), []

    def give_up_as_third() -> None:
        waiting.append(1)
        if len(waiting) == 3:
            raise ValueError("no patience")

    desk: Desk[int, int] = Desk(gated(gate, list), before_waiting=give_up_as_third)
    told = crowd(desk, gate)
    assert [type(one) for one in told].count(ValueError) == 1
    assert {one for one in told if isinstance(one, int)} < set(range(THREADS + 1))
    assert len([one for one in told if isinstance(one, int)]) == THREADS


def test_it_answers_what_one_thread_asks_for_many() -> None:
    sizes = []

    def decide(questions: Sequence[int]) -> list[int]:
        sizes.append(len(questions))
        if 4 in questions:
            raise ValueError("four")
        return [number * 2 for number in questions]

    told = Desk(decide, group_max=3).ask_all(range(7))
    assert [one if isinstance(one, int) else str(one) for one in told] == [0, 2, 4, 6, "four", 10, 12]
    assert sizes == [3, 3, 1, 1, 1, 1]
    assert Desk(decide).ask_all([]) == []
