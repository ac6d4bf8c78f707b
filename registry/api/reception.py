"""Who stands at the short way's door.

A service key that was recognized once is known from memory by the digest of its token: that spares a busy vendor's
request a question to PostgreSQL. Memory says who calls, never that the key still counts: that is read with the decision
(``Attempt.service_key``), so a revoked key ends with its revocation.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from django.db import connection

from identity.accounts.permissions import Permission
from identity.accounts.service_keys import LAST_USED_RESOLUTION_SECONDS, digest_of, prefix_of
from identity.journal.actor import Actor, ActorKind

CALLERS_KEPT_MAX: Final = 20_000

# The key by its prefix, and the vendor of the same organization that the intent names.
_CALLER: Final = """
SELECT k.id, k.digest, a.id
FROM accounts_servicekey k
JOIN agents_agent a ON a.organization_id = k.organization_id AND a.did = %(did)s
JOIN agents_vendor v ON v.agent_id = a.id
WHERE k.prefix = %(prefix)s AND k.revoked_at IS NULL AND %(scope)s = ANY (k.scopes)
AND (k.expires_at IS NULL OR k.expires_at > %(at)s) AND k.last_used_at > %(noted)s
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """A service key with the scope (its ``digest`` is the token's), and the vendor of its organization that the intent
    names."""

    key: str
    digest: str
    vendor: str
    vendor_did: str

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.SERVICE_KEY, self.key)


_known: dict[tuple[str, str], Caller] = {}
_lock = Lock()


def recognize(token: str, vendor_did: str, *, at: datetime) -> Caller | None:
    """Who calls; None unless it is, or was lately, a good key with the scope, of the organization whose vendor the
    intent names. Raises what the database raises.

    Stops a guessed token as the view does: the whole token's digest is compared in constant time.
    """
    prefix = prefix_of(token)
    if prefix is None or not vendor_did.isprintable():  # U+0000 is no text to PostgreSQL
        return None
    caller = _known.get((prefix, vendor_did)) or _look_up(prefix, vendor_did, at)
    if caller is None or not hmac.compare_digest(digest_of(token), caller.digest):
        return None
    if (prefix, vendor_did) not in _known:
        _keep(prefix, caller)
    return caller


def forget(caller: Caller) -> None:
    """The key did not count when it mattered: the view says why."""
    with _lock:
        for place in [place for place, known in _known.items() if known.key == caller.key]:
            del _known[place]


def _keep(prefix: str, caller: Caller) -> None:
    with _lock:
        if len(_known) >= CALLERS_KEPT_MAX:
            _known.clear()
        _known[prefix, caller.vendor_did] = caller


def _look_up(prefix: str, vendor_did: str, at: datetime) -> Caller | None:
    asked: dict[str, str | datetime] = {
        "prefix": prefix,
        "did": vendor_did,
        "scope": Permission.AUTHORIZATIONS_WRITE.value,
        "at": at,
        "noted": at - timedelta(seconds=LAST_USED_RESOLUTION_SECONDS),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CALLER, asked)
        row = cursor.fetchone()
    return Caller(row[0], row[1], row[2], vendor_did) if row is not None else None
