"""What a loop's many requests ask one by one is asked in groups, by one thread.

While one group is served the next one gathers. Right after a group its askers are on their way back: so the next waits
for as many as there may be, as long as they keep coming, and a lone asker waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Generic, TypeVar

from identity.spending.limits import GROUP_MAX

COMING_SECONDS: Final = 0.001  # whoever comes back after a group is not further behind the one before than this
WAITING_MAX: Final = 1_024  # requests that wait at once: more than these would wait longer than their clients do

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class TooManyWaiting(Exception):
    """Nothing was asked: there is no room to wait."""


class Gathering(Generic[Question, Answer]):
    """Belongs to the loop that it is made in; ``serve`` runs in one thread of its own, a group at a time."""

    def __init__(self, serve: Callable[[Sequence[Question]], Sequence[Answer]]) -> None:
        self._serve = serve
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="gathering")
        self._waiting: deque[tuple[Question, asyncio.Future[Answer]]] = deque()
        self._expected = 1
        self._seen = 0
        self._is_serving = False
        self._timer: asyncio.TimerHandle | None = None

    async def ask(self, question: Question) -> Answer:
        """The answer to ``question``; raises what serving its group raised, or TooManyWaiting."""
        if len(self._waiting) >= WAITING_MAX:
            raise TooManyWaiting
        future: asyncio.Future[Answer] = self._loop.create_future()
        self._waiting.append((question, future))
        self._consider()
        return await future

    def close(self) -> None:
        """Let the group that is being served end."""
        self._thread.shutdown(wait=True)

    def _consider(self) -> None:
        """Serve those who wait if all are here who may come; else look again when the next ones should have come."""
        if self._is_serving or not self._waiting:
            return
        if len(self._waiting) >= min(self._expected, GROUP_MAX):
            self._go()
        elif self._timer is None:
            self._seen = len(self._waiting)
            self._timer = self._loop.call_later(COMING_SECONDS, self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        if len(self._waiting) == self._seen and not self._is_serving:
            self._go()
        else:
            self._consider()

    def _go(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP_MAX))]
        self._is_serving = True
        served = self._loop.run_in_executor(self._thread, self._serve, [question for question, _ in group])
        served.add_done_callback(lambda done: self._tell(group, done))

    def _tell(
        self, group: list[tuple[Question, asyncio.Future[Answer]]], done: asyncio.Future[Sequence[Answer]]
    ) -> None:
        self._is_serving = False
        self._expected = len(group) + len(self._waiting)
        error = done.exception()
        if error is not None:
            for _, future in group:
                if not future.cancelled():
                    future.set_exception(error)
        else:
            for (_, future), answer in zip(group, done.result(), strict=True):
                if not future.cancelled():
                    future.set_result(answer)
        self._consider()
