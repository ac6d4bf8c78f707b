"""Reading answers that are not in memory: all that is asked in one turn of the loop goes to PostgreSQL at once."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from psycopg import OperationalError, pq

from registry.resolution.channel import Channel, connect
from registry.resolution.entries import entry_from_row
from registry.resolution.memory import Entry, Memory
from registry.resolution.store import SELECT_STANDING

KEYS_PER_STATEMENT_MAX = 256
RECONNECT_SECONDS = 0.2

_READ = b"read"
_READ_SQL = f"""
    SELECT key, status::int4, body, etag, ttl_seconds, extract(epoch FROM refresh_at - clock_timestamp())::float8
    FROM ({SELECT_STANDING}) AS standing
    WHERE key = ANY (string_to_array($1, E'\\n')) AND refresh_at > clock_timestamp()
""".encode()  # noqa: S608 - both parts are constants of this package

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What the database held for a key, None when nothing that stands; ``generation`` is the memory's before it was
    read."""

    entry: Entry | None
    generation: int


OnFound = Callable[[Found], None]


class Questions:
    """A group of keys in flight, and the next one gathering behind it: no timer, so an idle process asks at once and
    a busy one asks for many together."""

    def __init__(self, *, memory: Memory, loop: asyncio.AbstractEventLoop) -> None:
        self._memory = memory
        self._loop = loop
        self._channel: Channel | None = None
        self._waiting: dict[str, list[OnFound]] = {}
        self._asked: dict[str, list[OnFound]] = {}
        self._generation = 0
        self._sent_at = 0.0
        self._is_scheduled = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = self._loop.create_task(self._connect_for_ever())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._channel is not None:
            self._channel.close()

    def ask(self, key: str, on_found: OnFound) -> None:
        """Call ``on_found`` with the stored answer to ``key``, or with None when there is none or no database."""
        if self._channel is None:
            self._loop.call_soon(on_found, Found(None, self._memory.generation))
            return
        self._waiting.setdefault(key, []).append(on_found)
        if not self._is_scheduled and self._channel.is_idle:
            self._is_scheduled = True
            self._loop.call_soon(self._send)

    def _send(self) -> None:
        self._is_scheduled = False
        if self._channel is None or not self._channel.is_idle or not self._waiting:
            return
        keys = list(self._waiting)[:KEYS_PER_STATEMENT_MAX]
        self._asked = {key: self._waiting.pop(key) for key in keys}
        self._generation = self._memory.generation
        self._sent_at = monotonic()
        self._channel.ask(_READ, ["\n".join(keys).encode()], self._answered)

    def _answered(self, result: pq.abc.PGresult) -> None:
        asked, self._asked = self._asked, {}
        generation, sent_at = self._generation, self._sent_at
        found = {}
        for row in range(result.ntuples):
            key, status, body, etag, ttl_seconds, seconds_left = (result.get_value(row, at) or b"" for at in range(6))
            found[key.decode()] = entry_from_row(
                status=int.from_bytes(status),
                body=body,
                etag=etag,
                ttl_seconds=int.from_bytes(ttl_seconds),
                expires_at=sent_at + struct.unpack(">d", seconds_left)[0],
            )
        self._send()
        for question, callbacks in asked.items():
            answer = Found(found.get(question), generation)
            for on_found in callbacks:
                on_found(answer)

    async def _connect_for_ever(self) -> None:
        while True:
            if self._channel is None:
                try:
                    connection = await self._loop.run_in_executor(None, _connect)
                    self._channel = Channel(connection, loop=self._loop, on_lost=self._lost)
                except OperationalError as error:
                    logger.warning("No database to read answers from. %s", str(error).strip())
            await asyncio.sleep(RECONNECT_SECONDS)

    def _lost(self) -> None:
        """Nobody waits for an answer that cannot come: each goes on to Django, which knows how to fail."""
        self._channel = None
        abandoned = [*self._asked.values(), *self._waiting.values()]
        self._asked, self._waiting = {}, {}
        for callbacks in abandoned:
            for on_found in callbacks:
                on_found(Found(None, self._memory.generation))


def _connect() -> pq.abc.PGconn:
    return connect(purpose="reader", statements=[(_READ, _READ_SQL)])
