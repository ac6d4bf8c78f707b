"""Public status lists follow the effective standing of links: a convenience of offline verifiers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from identity.agents.models import AgentStatus
from identity.credentials.status_lists import clear_suspended, set_revoked, set_suspended
from identity.delegation.models import Delegation
from identity.delegation.standing import Standing, standings

_CHUNK = 500
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
    links = {link for delegation in delegations for link in delegation.path}
    recoverable = set(
        Delegation.objects.filter(pk__in=links, agent__status=AgentStatus.REVOKED).values_list("pk", flat=True)
    )
    bits = [
        (delegation.status_entry, *_bits(delegation, judged[delegation.pk], recoverable))
        for delegation in delegations
        if delegation.status_entry
    ]
    revoked = [entry for entry, is_revoked, _ in bits if is_revoked]
    suspended = [entry for entry, _, is_suspended in bits if is_suspended]
    free = [entry for entry, _, is_suspended in bits if not is_suspended]
    return set_revoked(*revoked, at=at) + set_suspended(*suspended, at=at) + clear_suspended(*free, at=at)


def _bits(delegation: Delegation, standing: Standing, recoverable: Collection[str]) -> tuple[bool, bool]:
    """Whether the link's revocation and suspension bits are set. The first is for ever, so for an agent that the
    registry revoked, which an appeal may restore, it is the second."""
    is_revoked = is_suspended = False
    for reason in standing.reasons:
        is_final = reason.code == "chain_link_revoked"
        if reason.code == "agent_revoked":
            is_final = delegation.path[reason.link_depth] not in recoverable
            is_suspended |= not is_final
        is_revoked |= is_final
        is_suspended |= reason.code in _SUSPENDED
    return is_revoked, is_suspended
