"""Filling a fresh process's memory with the answers that are stored, so that a restart is not a storm of misses."""

from __future__ import annotations

import asyncio
from datetime import datetime

from django.db import close_old_connections, connection

from identity.primitives.clock import now
from registry.resolution.answer import Served
from registry.resolution.answers import Answers
from registry.resolution.entries import entry_from_served
from registry.resolution.memory import primary_path
from registry.resolution.store import SELECT_STANDING

PAGE_ROWS = 250
LISTENING_POLL_SECONDS = 0.05

_PAGE = f"{SELECT_STANDING} WHERE answer.key > %s AND answer.refresh_at > %s ORDER BY answer.key LIMIT {PAGE_ROWS}"


async def preload(answers: Answers) -> None:
    """Read page after page, by key, until all is read or half the memory is full. Serving goes on meanwhile."""
    while not answers.projection.is_listening:
        await asyncio.sleep(LISTENING_POLL_SECONDS)
    loop, after = asyncio.get_running_loop(), ""
    while answers.memory.bytes_held < answers.memory.bytes_max // 2 and answers.projection.accepts():
        generation = answers.memory.generation
        page, at = await loop.run_in_executor(None, _read_page, after)
        for served in page:
            entry = entry_from_served(served, at=at)
            path = primary_path(served.key)
            answers.memory.put(key=served.key, path=path, entry=entry, read_at_generation=generation)
        if len(page) < PAGE_ROWS:
            return
        after = page[-1].key


def _read_page(after: str) -> tuple[list[Served], datetime]:
    close_old_connections()
    at = now()
    with connection.cursor() as cursor:
        cursor.execute(_PAGE, [after, at])
        rows = cursor.fetchall()
    return [
        Served(key, status, bytes(body), etag, ttl_seconds, refresh_at, is_stored=True)
        for key, status, body, etag, ttl_seconds, refresh_at in rows
    ], at
