"""The status fence: whoever acts on a standing shares it, whoever changes the standing holds it alone.

An authorization shares the fences of every agent, organization and delegation of its chain and then reads their
standing. A suspension holds the fence alone: it waits for the authorizations already running, and each one that starts
later waits for it and sees it. So nothing commits on a standing that had ended when it committed.

Advisory locks of PostgreSQL, kept to the end of the transaction. They are taken once in a transaction, before every
row lock and in the order of their numbers, so that no two transactions wait in a ring.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from django.db import connection

_HOLD = "SELECT CASE WHEN %s THEN pg_advisory_xact_lock(%s) ELSE pg_advisory_xact_lock_shared(%s) END"


def lock_number(key: str) -> int:
    """The advisory lock of a typed id, a signed 64-bit number."""
    return int.from_bytes(sha256(b"status fence:" + key.encode()).digest()[:8], signed=True)


def share(keys: Iterable[str]) -> None:
    """Share the fences of these agents, organizations and delegations, by their ids, until the transaction ends."""
    hold(shared=keys)


def exclusive(key: str) -> None:
    """Hold one fence alone: before the standing behind it is changed, and before any row lock."""
    hold(alone=[key])


def hold(*, shared: Iterable[str] = (), alone: Iterable[str] = ()) -> None:
    """Take several at once, some shared and some alone; a key in both is held alone."""
    if not connection.in_atomic_block:
        raise RuntimeError("the fence needs the transaction that reads or changes the standing")
    modes = dict.fromkeys(map(lock_number, shared), False) | dict.fromkeys(map(lock_number, alone), True)
    with connection.cursor() as cursor:
        for number, is_alone in sorted(modes.items()):
            cursor.execute(_HOLD, [is_alone, number, number])
