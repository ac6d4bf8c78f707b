"""Holds that ran out or whose authority ended give back what they held.

That is housekeeping: a hold past its end cannot be captured whoever noticed, and a spend that needs the room releases
what is due in its own chain first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet
from psycopg import Cursor

from identity.delegation.models import Delegation
from identity.delegation.succession import predecessors_of
from identity.journal.actor import Actor, system
from identity.journal.spending_kinds import SpendExpired, SpendVoided
from identity.spending.hold_reads import lock_holds
from identity.spending.limits import EXPIRED_RELEASED_AT_ONCE
from identity.spending.models import Authorization, AuthorizationState, CloseReason, SettlementKind
from identity.spending.settlement import Step, Steps, close, in_one_transaction, release

_DUE_BY_ROOT = """
SELECT id FROM spending_authorization
WHERE root = ANY(%s) AND expires_at <= %s AND state <> 'closed' ORDER BY expires_at LIMIT %s
"""
_DUE = "SELECT id FROM spending_authorization WHERE expires_at <= %s AND state <> 'closed' ORDER BY expires_at LIMIT %s"
# Statuses are evaluated, never pushed down: this only gives back early what nobody could capture any more.
_ENDED = """
SELECT a.id FROM spending_authorization a WHERE a.state <> 'closed' AND (
    EXISTS (WITH RECURSIVE line AS (
                SELECT id FROM delegation_delegation WHERE id = ANY(a.path)
                UNION SELECT link.id FROM delegation_delegation link JOIN line ON link.replaces_id = line.id
            )
            SELECT 1 FROM line JOIN delegation_delegation d USING (id) WHERE d.status = 'revoked'
            AND d.status_reason <> 'replaced'
            AND NOT (d.on_revocation = 'honor_open_holds' AND d.status_reason = 'no_longer_needed'))
    OR EXISTS (SELECT 1 FROM delegation_delegation d JOIN agents_agent g ON g.id = d.agent_id
               WHERE d.id = ANY(a.path) AND g.status <> 'active'))
ORDER BY a.id LIMIT %s
"""


def release_expired(
    *, roots: Sequence[str] | None = None, at: datetime, count_max: int = EXPIRED_RELEASED_AT_ONCE
) -> int:
    """End the oldest holds that have run out, of these roots or of all; how many."""
    if roots is None:
        due = _ids(_DUE, [at, count_max])
    elif roots:
        due = _ids(_DUE_BY_ROOT, [list(roots), at, count_max])
    else:
        return 0
    return _end(due, CloseReason.EXPIRED, actor=system("expiry"), at=at) if due else 0


def void_ended(*, at: datetime, count_max: int = EXPIRED_RELEASED_AT_ONCE) -> int:
    """End open holds below a revoked link that voids them, or of an agent that is not active any more; how many."""
    due = _ids(_ENDED, [count_max])
    return _end(due, CloseReason.REVOKED, actor=system("expiry"), at=at) if due else 0


def open_holds_on(*delegations: str) -> QuerySet[Authorization]:
    """Every open hold that stands on one of these links, on one below it or on one whose place it took: what their
    revocation ends, and what a person is shown before she revokes."""
    rows, array = predecessors_of(*delegations)
    roots = Delegation.objects.filter(pk__in=rows).values("root")
    on_it = Authorization.objects.filter(root__in=roots, path__overlap=array)
    return on_it.exclude(state=AuthorizationState.CLOSED).order_by("pk")


def void_open_holds(*, delegation: str, actor: Actor, at: datetime) -> int:
    """End every open hold on this link: for the transaction that revokes it."""
    due = list(open_holds_on(delegation).values_list("pk", flat=True))
    return _end(due, CloseReason.REVOKED, actor=actor, at=at) if due else 0


def void_holds(ids: Sequence[str], *, actor: Actor, at: datetime) -> int:
    """End these holds, in the transaction that ends their authority and behind its fence; how many were open."""
    return _end(sorted(ids), CloseReason.REVOKED, actor=actor, at=at) if ids else 0


def _ids(statement: str, parameters: list[object]) -> list[str]:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return [row[0] for row in Cursor(connection.connection).execute(statement, parameters)]


def _end(ids: list[str], reason: CloseReason, *, actor: Actor, at: datetime) -> int:
    def take(commits: bool) -> int:
        holds, signer = lock_holds(ids)
        steps = Steps(signer)
        due = [hold for hold in holds if hold.state != AuthorizationState.CLOSED]
        for hold in due:
            end_hold(steps, hold, reason, actor=actor, at=at)
        steps.write(commits=commits)
        return len(due)

    return in_one_transaction(take)


def end_hold(steps: Steps, authorization: Authorization, reason: CloseReason, *, actor: Actor, at: datetime) -> None:
    """Close a locked authorization and give back what it holds."""
    amount = authorization.open
    release(steps.ledger, authorization, amount)
    close(authorization, reason, at)
    is_expiry = reason == CloseReason.EXPIRED
    kind = SettlementKind.EXPIRY if is_expiry else SettlementKind.VOID
    event = SpendExpired(amount) if is_expiry else SpendVoided(amount, str(reason))
    steps.take(authorization, Step(kind, amount, released=amount), event, actor=actor, at=at)
