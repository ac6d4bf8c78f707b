"""Requests that come together are served together, by one thread, and nobody's fault is another's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from unittest.mock import patch

import pytest

from identity.spending.limits import GROUP_MAX
from registry.ops import gathering
from registry.ops.gathering import Gathering, TooManyWaiting

Answer = TypeVar("Answer")


def run(story: Coroutine[Any, Any, Answer]) -> Answer:
    """In a thread of its own: the one that tests run in may have a loop already, a browser's."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()


def test_it_serves_a_lone_request_at_once_and_the_others_together() -> None:
    sizes, threads = [], set()

    def serve(questions: Sequence[int]) -> list[int]:
        sizes.append(len(questions))
        threads.add(threading.current_thread().name)
        return [number * 2 for number in questions]

    async def ask() -> list[int]:
        gathered: Gathering[int, int] = Gathering(serve)
        told = await asyncio.gather(*(gathered.ask(number) for number in range(100)))
        gathered.close()
        return told

    assert run(ask()) == [number * 2 for number in range(100)]
    assert sizes == [1, GROUP_MAX, 99 - GROUP_MAX]
    assert len(threads) == 1


def test_it_waits_for_as_many_as_came_before_but_not_long() -> None:
    sizes = []

    def serve(questions: Sequence[int]) -> list[int]:
        sizes.append(len(questions))
        return list(questions)

    async def ask() -> None:
        gathered: Gathering[int, int] = Gathering(serve)

        async def come_again() -> None:
            for number in range(6):
                await gathered.ask(number)

        await asyncio.gather(*(come_again() for _ in range(8)))
        assert await asyncio.wait_for(gathered.ask(1), timeout=5) == 1
        gathered.close()

    run(ask())
    assert sizes[-1] == 1
    assert sizes.count(8) >= 4


def test_it_tells_of_what_failed_and_goes_on() -> None:
    def serve(questions: Sequence[int]) -> list[int]:
        if 3 in questions:
            raise ValueError("three")
        return list(questions)

    async def ask() -> None:
        gathered: Gathering[int, int] = Gathering(serve)
        with pytest.raises(ValueError, match="three"):
            await gathered.ask(3)
        assert await gathered.ask(4) == 4
        gathered.close()

    run(ask())


def test_it_answers_the_others_when_a_client_has_gone() -> None:
    async def ask() -> None:
        gathered: Gathering[int, int] = Gathering(list)
        gone = asyncio.ensure_future(gathered.ask(1))
        stays = asyncio.ensure_future(gathered.ask(2))
        await asyncio.sleep(0)
        gone.cancel()
        assert await stays == 2
        gathered.close()

    run(ask())


def test_it_lets_only_so_many_wait() -> None:
    """Stops a flood from filling memory with requests that would be answered when nobody listens any more."""
    gate = threading.Event()

    def serve(questions: Sequence[int]) -> list[int]:
        gate.wait(10)
        return list(questions)

    async def ask() -> None:
        gathered: Gathering[int, int] = Gathering(serve)
        with patch.object(gathering, "WAITING_MAX", 4):
            waiting = [asyncio.ensure_future(gathered.ask(number)) for number in range(5)]
            await asyncio.sleep(0.05)
            with pytest.raises(TooManyWaiting):
                await gathered.ask(6)
        gate.set()
        assert await asyncio.gather(*waiting) == list(range(5))
        gathered.close()

    run(ask())
