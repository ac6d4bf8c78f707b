"""Who stands at the short way's door, for all that arrive together: one question to PostgreSQL and one to Redis.

Each thread asking for itself would wait for two answers before the decision, and waiting costs a busy process more than
the questions do. So those who come while others are being looked up are looked up together, and arrive together at the
desk where spends are decided.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from identity.accounts.permissions import Permission
from identity.accounts.service_keys import LAST_USED_RESOLUTION_SECONDS, digest_of, prefix_of
from identity.journal.actor import Actor, ActorKind
from identity.spending.array_text import quoted
from identity.spending.authorize import is_without_database
from identity.spending.desk import Desk
from identity.spending.statements import Row, Statement, run
from registry.api.throttling import Allowance, take_each

# The key by its prefix, and the vendor of the same organization that the intent names.
_CALLERS = Statement(
    "authorizations_callers",
    """
SELECT asked.prefix, asked.did, k.id, k.digest,
    $3 = ANY (k.scopes) AND (k.expires_at IS NULL OR k.expires_at > $4::timestamptz),
    k.last_used_at > $5::timestamptz, a.id
FROM unnest($1::text[], $2::text[]) AS asked(prefix, did)
JOIN accounts_servicekey k ON k.prefix = asked.prefix AND k.revoked_at IS NULL
LEFT JOIN (agents_agent a JOIN agents_vendor v ON v.agent_id = a.id)
    ON a.organization_id = k.organization_id AND a.did = asked.did
""",
)


@dataclass(frozen=True, slots=True)
class Caller:
    """A service key with the scope, and the vendor of its organization that the intent names."""

    actor: Actor
    vendor: str
    vendor_did: str


@dataclass(frozen=True, slots=True)
class _Visitor:
    token: str
    prefix: str
    vendor_did: str
    at: datetime


Received = tuple[Caller, Allowance | None]


def receive(token: str, vendor_did: str, *, at: datetime) -> Received | None:
    """Who calls and what is left of the limit; None unless it is a good key with the scope, of the organization whose
    vendor the intent names, and within its limit. Raises what the database raises."""
    prefix = prefix_of(token)
    if prefix is None or not vendor_did.isprintable():  # U+0000 is no text to PostgreSQL
        return None
    visitor = _Visitor(token, prefix, vendor_did, at)
    return _receive_all([visitor])[0] if connection.in_atomic_block else _reception.ask(visitor)


def _receive_all(visitors: Sequence[_Visitor]) -> list[Received | None]:
    found = _look_up(visitors)
    callers = [_recognized(visitor, found.get((visitor.prefix, visitor.vendor_did))) for visitor in visitors]
    allowances = iter(take_each("authorize", [str(caller.actor) for caller in callers if caller is not None]))
    return [_let_in(caller, next(allowances)) if caller is not None else None for caller in callers]


_reception: Desk[_Visitor, Received | None] = Desk(_receive_all, is_of_all=is_without_database)


def _look_up(visitors: Sequence[_Visitor]) -> dict[tuple[str, str], Row]:
    asked = list({(visitor.prefix, visitor.vendor_did) for visitor in visitors})
    prefixes, vendors = zip(*asked, strict=True)
    at = max(visitor.at for visitor in visitors)
    instants = [at.isoformat(), (at - timedelta(seconds=LAST_USED_RESOLUTION_SECONDS)).isoformat()]
    parameters = [quoted(prefixes), quoted(vendors), str(Permission.AUTHORIZATIONS_WRITE), *instants]
    connection.ensure_connection()
    with connection.wrap_database_errors:
        (rows,) = run(connection.connection, (_CALLERS, [text.encode() for text in parameters]))
    # It has just answered: the frame need not ask again whether it does.
    connection.health_check_done = True  # type: ignore[attr-defined]
    return {(row[0].decode(), row[1].decode()): row[2:] for row in rows}


def _recognized(visitor: _Visitor, row: Row | None) -> Caller | None:
    """Stops a guessed token as the view does: the whole token's digest is compared in constant time, with a row that
    was read after the request had come, so a revoked key ends with its revocation."""
    if row is None:
        return None
    key, digest, is_current, is_noted, vendor = (value.decode() if value else "" for value in row)
    holds = hmac.compare_digest(digest_of(visitor.token), digest)
    if not (holds and is_current == "t" and is_noted == "t" and vendor):
        return None
    return Caller(Actor(ActorKind.SERVICE_KEY, key), vendor, visitor.vendor_did)


def _let_in(caller: Caller, allowance: Allowance | None) -> Received | None:
    return None if allowance is not None and not allowance.allowed else (caller, allowance)
