"""Public status lists follow the effective standing of links: a convenience of offline verifiers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from identity.credentials.status_lists import clear_suspended, set_revoked, set_suspended
from identity.delegation.models import Delegation
from identity.delegation.standing import standings

_CHUNK = 500
_REVOKED = frozenset({"chain_link_revoked", "agent_revoked"})
_SUSPENDED = frozenset({"chain_link_suspended", "agent_suspended", "frozen_by_principal"})


def publish_standing(delegations: Iterable[Delegation], *, at: datetime) -> int:
    """Bring the status entries of these links to their effective standing; how many bits changed. Validity in time
    has no bit: the dates are in the credential. Safe to run twice."""
    changed = 0
    chunk: list[Delegation] = []
    for delegation in delegations:
        if delegation.status_entry is not None:
            chunk.append(delegation)
        if len(chunk) == _CHUNK:
            changed += _publish(chunk, at=at)
            chunk = []
    return changed + (_publish(chunk, at=at) if chunk else 0)


def _publish(delegations: list[Delegation], *, at: datetime) -> int:
    judged = standings(delegations, at=at)
    codes = {delegation.pk: {reason.code for reason in judged[delegation.pk].reasons} for delegation in delegations}
    entries = {delegation.pk: delegation.status_entry for delegation in delegations if delegation.status_entry}
    revoked = [entry for pk, entry in entries.items() if codes[pk] & _REVOKED]
    suspended = [entry for pk, entry in entries.items() if codes[pk] & _SUSPENDED]
    free = [entry for pk, entry in entries.items() if not codes[pk] & _SUSPENDED]
    return set_revoked(*revoked, at=at) + set_suspended(*suspended, at=at) + clear_suspended(*free, at=at)
