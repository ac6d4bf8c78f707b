"""What one resolver process knows: memory first, then the stored answers, then building one in a thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from time import monotonic
from urllib.parse import unquote_to_bytes

from django.db import close_old_connections

from identity.primitives.clock import now
from identity.primitives.errors import InvalidInput
from registry.resolution.answer import Served
from registry.resolution.entries import entry_from_served, status_heads
from registry.resolution.keys import canonical_key
from registry.resolution.memory import PATH_PREFIX, Entry, Memory, paths_of
from registry.resolution.plain_request import KnownBlocks
from registry.resolution.projection import Projection
from registry.resolution.questions import Found, Questions
from registry.resolution.resolve import resolve

BUILD_THREADS = 2
# Negative answers have a memory of their own, so that asking for random names cannot push out the real ones.
NEGATIVE_SHARE = 16
HEADS_SECONDS = 0.5

OnAnswer = Callable[[Entry | None], None]

logger = logging.getLogger(__name__)


class Answers:
    """The state of one resolver process. Owned by its event loop."""

    def __init__(self, *, memory_bytes: int, loop: asyncio.AbstractEventLoop) -> None:
        self.memory = Memory(memory_bytes)
        self.negatives = Memory(memory_bytes // NEGATIVE_SHARE)
        self.projection = Projection(memories=(self.memory, self.negatives), loop=loop)
        self.questions = Questions(memory=self.memory, loop=loop)
        self.known = KnownBlocks()
        self.heads = status_heads()
        self.hits = 0
        self.misses = 0
        self.built = 0
        self._loop = loop
        self._pool = ThreadPoolExecutor(BUILD_THREADS, thread_name_prefix="build")
        self._building: dict[str, list[Callable[[], None]]] = {}

    def start(self) -> None:
        self.projection.start()
        self.questions.start()
        self._tick()

    def stop(self) -> None:
        self.projection.stop()
        self.questions.stop()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _tick(self) -> None:
        self.heads = status_heads()
        self._loop.call_later(HEADS_SECONDS, self._tick)

    def remembered(self, path: bytes) -> Entry | None:
        """The entry under ``path`` if memory may be believed now."""
        at = monotonic()
        if at >= self.projection.hear_at:
            self.projection.hear(at)
        if at >= self.projection.alive_until:
            return None
        memories = (self.memory, self.negatives)
        entry = next((found for memory in memories if (found := memory.young.get(path) or memory.recall(path))), None)
        return entry if entry is not None and at < entry[3] else None

    def find(self, key: str, path: bytes, on_answer: OnAnswer) -> None:
        """Call ``on_answer`` with the answer to ``key`` as of now; with None when only Django can say more."""
        if self.projection.expects_news() and not self.projection.is_alive:
            self.projection.when_true(partial(self._find_again, key, path, on_answer))
        else:
            self._ask(key, path, on_answer)

    def _find_again(self, key: str, path: bytes, on_answer: OnAnswer) -> None:
        entry = self.remembered(path)
        if entry is not None:
            self.hits += 1
            on_answer(entry)
        else:
            self._ask(key, path, on_answer)

    def _ask(self, key: str, path: bytes, on_answer: OnAnswer) -> None:
        self.misses += 1
        self.questions.ask(key, partial(self._found, key, path, on_answer))

    def _found(self, key: str, path: bytes, on_answer: OnAnswer, found: Found) -> None:
        if found.entry is None:
            self._build(key, path, on_answer)
        else:
            self._remember(self.memory, key, path, found.entry, found.generation)
            on_answer(found.entry)

    def _build(self, key: str, path: bytes, on_answer: OnAnswer) -> None:
        """Build in a thread. Who asks for a key that is being built waits, then asks the database: what is being
        built may have been read before a change that the later question must see."""
        if key in self._building:
            self._building[key].append(partial(self.find, key, path, on_answer))
            return
        self._building[key] = []
        generation = self.memory.generation
        future = self._pool.submit(_build, key)
        future.add_done_callback(
            lambda done: self._loop.call_soon_threadsafe(self._was_built, key, path, on_answer, generation, done)
        )

    def _was_built(
        self, key: str, path: bytes, on_answer: OnAnswer, generation: int, done: Future[tuple[Served, datetime]]
    ) -> None:
        entry = None
        if done.cancelled():
            return
        if (error := done.exception()) is None:
            served, at = done.result()
            entry = entry_from_served(served, at=at)
            self.built += 1
            if served.status in (403, 404):
                self._remember(self.negatives, key, path, entry, generation)
            elif served.is_stored:
                self._remember(self.memory, key, path, entry, generation)
        else:
            logger.warning("An answer could not be built here and is left to Django: %s", type(error).__name__)
        on_answer(entry)
        for ask_again in self._building.pop(key, []):
            ask_again()

    def _remember(self, memory: Memory, key: str, path: bytes, entry: Entry, generation: int) -> None:
        if self.projection.accepts() and (path == _plain_path(key) or path in paths_of(key)):
            memory.put(key=key, path=path, entry=entry, read_at_generation=generation)


def key_of(path: bytes) -> str | None:
    """The canonical key that a request path asks for; None when Django must say what is wrong with it."""
    try:
        return canonical_key(unquote_to_bytes(path[len(PATH_PREFIX) :]).decode("utf-8"))
    except (InvalidInput, UnicodeDecodeError):
        return None


def _plain_path(key: str) -> bytes | None:
    """The one path of a key that needs no encoding."""
    return (PATH_PREFIX + key).encode("ascii") if key.isascii() and "%" not in key and "/" not in key else None


def _build(key: str) -> tuple[Served, datetime]:
    close_old_connections()
    at = now()
    return resolve(key, at=at), at
