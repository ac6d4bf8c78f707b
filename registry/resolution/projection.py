"""Memory kept true by NOTIFY and believed on a lease: what the triggers announce is dropped, and memory counts only
for the blink after PostgreSQL confirmed that everything committed so far was heard."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic

from psycopg import OperationalError, pq

from registry.resolution.channel import Channel, connect
from registry.resolution.memory import Memory

# PostgreSQL delivers what was announced before it answers a question. So the answer to a question asked now (a beat)
# proves memory true as of now, and memory is believed this long after it. This is the bound of staleness, whatever
# the machine does: a listener whose database gets no processor hears late, and then nothing is served from memory.
LEASE_SECONDS = 0.020
# Beats go out with the requests, at most this often; a resolver that nobody asks does not ask either.
BEAT_SECONDS = 0.005
# A request that meets a lapsed lease waits this long for the beat that is under way, then asks the database itself.
PATIENCE_SECONDS = 0.050
# A silent connection is noticed although nobody asks: a beat at least this often, and an end to it after so long.
HEARTBEAT_SECONDS = 0.2
LISTENING_SECONDS = 1.0
SILENCE_SECONDS_MAX = 5.0
# How long at most a question is answered without looking whether something was announced. The loop hands out what is
# ready in any order: a process that was kept from running would give old answers first and hear the news last.
HEAR_SECONDS = 0.0002
RECONNECT_SECONDS = 0.1
RECONNECT_SECONDS_MAX = 2.0

EVERYTHING = b"*"
_LISTEN = b"LISTEN attorn_resolution"
_BEAT = b"beat"

logger = logging.getLogger(__name__)


class Projection:
    """The lease under which the memories of one process may be served: ``monotonic() < alive_until``."""

    def __init__(self, *, memories: Sequence[Memory], loop: asyncio.AbstractEventLoop) -> None:
        self.memories = memories
        self.alive_until = 0.0
        self.hear_at = 0.0
        self._loop = loop
        self._channel: Channel | None = None
        self._beat_sent_at = 0.0
        self._heard_at = 0.0
        self._waiting: list[Callable[[], None]] = []
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = False

    @property
    def is_alive(self) -> bool:
        """Whether memory may be believed now."""
        return monotonic() < self.alive_until

    @property
    def is_listening(self) -> bool:
        """Whether announcements reach this process, asked or not: an idle one lets its lease lapse."""
        return self._channel is not None and monotonic() - self._heard_at < LISTENING_SECONDS

    def start(self) -> None:
        self._task = self._loop.create_task(self._listen_for_ever())

    def stop(self) -> None:
        self._is_stopping = True
        if self._task is not None:
            self._task.cancel()
        if self._channel is not None:
            self._channel.close()

    def hear(self, at: float) -> None:
        """Take what was announced until now. Asked before memory is read, when ``hear_at`` (monotonic) has come."""
        self.hear_at = at + HEAR_SECONDS
        if self._channel is not None:
            self._channel.hear()
        if self._channel is not None and at - self._beat_sent_at >= BEAT_SECONDS:
            self._beat()

    def expects_news(self) -> bool:
        """Whether a lapsed lease is about to be renewed, so that waiting for it is worth more than asking."""
        is_asked = self._channel is not None and not self._channel.is_idle
        return is_asked and monotonic() - self._beat_sent_at < PATIENCE_SECONDS

    def when_true(self, go_on: Callable[[], None]) -> None:
        """Call ``go_on`` when the beat under way came back, was lost or took too long."""
        if not self._waiting:
            patience = self._beat_sent_at + PATIENCE_SECONDS - monotonic()
            self._loop.call_later(patience, partial(self._wait_no_longer, self._beat_sent_at))
        self._waiting.append(go_on)

    def accepts(self) -> bool:
        """Whether what is read now may be kept: somebody must be listening for its end."""
        return self._channel is not None

    async def _listen_for_ever(self) -> None:
        pause = RECONNECT_SECONDS
        while True:
            if self._channel is None:
                pause = RECONNECT_SECONDS if await self._connect() else min(pause * 2, RECONNECT_SECONDS_MAX)
            if self._channel is None:
                await asyncio.sleep(pause)
                continue
            self._beat()
            await asyncio.sleep(HEARTBEAT_SECONDS)

    async def _connect(self) -> bool:
        try:
            connection = await self._loop.run_in_executor(None, _connect)
        except OperationalError as error:
            logger.warning("The listener has no database: memory is not served. %s", str(error).strip())
            return False
        # Whatever was announced before this LISTEN was not heard.
        self._forget_everything()
        self._channel = Channel(connection, loop=self._loop, on_lost=self._lost, on_notification=self._announced)
        self._beat_sent_at = 0.0
        return True

    def _beat(self) -> None:
        assert self._channel is not None
        now = monotonic()
        if self._channel.is_idle:
            self._beat_sent_at = now
            self._channel.ask(_BEAT, (), self._beat_came_back)
        elif now - self._beat_sent_at > SILENCE_SECONDS_MAX:
            self._channel.close()

    def _beat_came_back(self, result: pq.abc.PGresult) -> None:
        """PostgreSQL delivers what was announced before it answers, so memory was true when the beat was sent."""
        self._heard_at = self._beat_sent_at
        self.alive_until = self._beat_sent_at + LEASE_SECONDS
        self._let_go()

    def _wait_no_longer(self, beat_sent_at: float) -> None:
        if self._beat_sent_at == beat_sent_at:
            self._let_go()

    def _let_go(self) -> None:
        waiting, self._waiting = self._waiting, []
        for go_on in waiting:
            go_on()

    def _announced(self, payload: bytes) -> None:
        if payload == EVERYTHING:
            self._forget_everything()
            return
        for key in payload.decode().split("\n"):
            for memory in self.memories:
                memory.drop(key)

    def _lost(self) -> None:
        if not self._is_stopping:
            logger.warning("The listener lost its connection: answers come from the database until it is back")
        self.alive_until = 0.0
        self._channel = None
        self._forget_everything()
        self._let_go()

    def _forget_everything(self) -> None:
        for memory in self.memories:
            memory.clear()


def _connect() -> pq.abc.PGconn:
    return connect(purpose="listener", statements=[(_BEAT, b"SELECT 1")], commands=[_LISTEN])
