"""Memory kept true by NOTIFY: what the triggers announce is dropped; memory counts only while the listener lives."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from time import monotonic

from psycopg import OperationalError, pq

from registry.resolution.channel import Channel, connect
from registry.resolution.memory import Memory

# The listener's connection is asked for a sign of life this often, and memory is believed this long after the asking
# of the last one that came back. A connection that is cut is noticed at once; the lease is for one that falls silent.
HEARTBEAT_SECONDS = 0.2
LEASE_SECONDS = 1.0
SILENCE_SECONDS_MAX = 5.0  # then the connection is given up and made anew
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
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = False

    @property
    def is_alive(self) -> bool:
        return monotonic() < self.alive_until

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
        self.alive_until = self._beat_sent_at + LEASE_SECONDS

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

    def _forget_everything(self) -> None:
        for memory in self.memories:
            memory.clear()


def _connect() -> pq.abc.PGconn:
    return connect(purpose="listener", statements=[(_BEAT, b"SELECT 1")], commands=[_LISTEN])
