"""Positions have no gap and no event is missed, whatever commits when."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from identity.journal.drain import drain, reader
from identity.journal.models import Event
from identity.journal.sequence import sequence, sequence_batch
from identity.primitives.clock import now


def in_thread(work: Callable[[], object], faults: list[BaseException]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


@pytest.mark.django_db
def test_it_counts_on_from_the_last_position_in_batches(write):
    write(7)
    assert [sequence_batch(batch_events=3) for _ in range(4)] == [3, 3, 1, 0]
    write(2)
    assert sequence() == 2
    assert list(Event.objects.order_by("position").values_list("position", flat=True)) == list(range(1, 10))


@pytest.mark.django_db
def test_it_keeps_the_order_in_which_one_transaction_wrote(write):
    ids = [event.pk for event in write(50)]
    sequence(batch_events=20)
    assert list(Event.objects.order_by("position").values_list("pk", flat=True)) == ids


@pytest.mark.django_db(transaction=True)
def test_it_gives_a_late_commit_a_later_position(write, own_readers):
    """The case that makes ids useless as a cursor: the older event commits after a reader has passed the younger."""
    seen: list[str] = []
    reader("late")(lambda events: seen.extend(event.subject for event in events))
    written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            write(subject="older")
            written.set()
            assert may_commit.wait(10)

    faults: list[BaseException] = []
    thread = in_thread(slow, faults)
    assert written.wait(10)
    write(subject="younger")
    sequence()
    drain("late", at=now())
    assert seen == ["younger"]

    may_commit.set()
    thread.join(10)
    assert not faults
    sequence()
    drain("late", at=now())
    assert seen == ["younger", "older"]
    older, younger = Event.objects.get(subject="older"), Event.objects.get(subject="younger")
    assert older.written_order < younger.written_order
    assert (younger.position, older.position) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_it_misses_nothing_while_writers_sequencers_and_readers_race(write, own_readers):
    """Six writers, some rolling back, against two sequencers and two drains of one reader."""
    seen: list[int] = []
    kept: list[str] = []
    reader("race")(lambda events: seen.extend(event.position for event in events))
    done = threading.Event()
    faults: list[BaseException] = []

    def writer(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(25):
            rolls_back = dice.random() < 0.25
            try:
                with transaction.atomic():
                    events = write(dice.randint(1, 4), subject=f"agt_{seed}")
                    time.sleep(dice.random() * 0.01)
                    if rolls_back:
                        raise InterruptedError
                kept.extend(event.pk for event in events)
            except InterruptedError:
                pass

    def sequencer() -> None:
        while not done.is_set():
            sequence_batch(batch_events=7)
            time.sleep(0.001)

    def drainer() -> None:
        while not done.is_set():
            drain("race", at=now(), batch_events=5)
            time.sleep(0.001)

    others = [in_thread(work, faults) for work in (sequencer, sequencer, drainer, drainer)]
    writers = [in_thread(lambda seed=seed: writer(seed), faults) for seed in range(6)]
    for thread in writers:
        thread.join(60)
    done.set()
    for thread in others:
        thread.join(60)
    assert not faults
    sequence()
    drain("race", at=now())

    assert set(Event.objects.values_list("pk", flat=True)) == set(kept)
    assert seen == list(range(1, len(kept) + 1))
    for seed in range(6):
        order = Event.objects.filter(subject=f"agt_{seed}").order_by("position").values_list("written_order", flat=True)
        assert list(order) == sorted(order)
