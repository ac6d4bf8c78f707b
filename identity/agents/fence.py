"""The status fence: whoever acts on a standing shares it, whoever changes the standing holds it alone.

An authorization shares the fences of every agent and organization of its chain and then reads their standing. A
suspension takes the fence exclusively: it waits for the authorizations already running, and each one that starts
later waits for it and sees it. So nothing commits on a standing that had ended when it committed.

Advisory locks of PostgreSQL, held to the end of the transaction. They come before every row lock, and shared ones are
taken in the order of their numbers, so that no two transactions wait in a ring.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

# Keeps the fence's numbers apart from those of other advisory locks. In SQL: hashtextextended(key, FENCE_SEED).
FENCE_SEED = 0x4154_4E46

_SHARE = """
SELECT pg_advisory_xact_lock_shared(number) FROM (
    SELECT DISTINCT hashtextextended(key, %s) AS number FROM unnest(%s::text[]) AS key ORDER BY number
) AS numbers
"""
_EXCLUSIVE = "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))"


def share(keys: Iterable[str]) -> None:
    """Share the fences of these agents and organizations, by their ids, until the transaction ends."""
    _require_transaction()
    with connection.cursor() as cursor:
        cursor.execute(_SHARE, [FENCE_SEED, list(keys)])


def exclusive(key: str) -> None:
    """Hold the fence of this agent or organization alone: before its standing is changed, and before any row lock."""
    _require_transaction()
    with connection.cursor() as cursor:
        cursor.execute(_EXCLUSIVE, [key, FENCE_SEED])


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("the fence needs the transaction that reads or changes the standing")
