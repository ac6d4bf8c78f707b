"""What a link is worth now: the worst of its principal, the agents of its path and every link from the root to it.

Nothing is copied downwards when a standing changes: a revocation of a root is one row, and everything below it is
judged by that row. Public lists follow by ``status_bits``; no decision reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from identity.agents.models import ENDED_STATUSES, AgentStatus
from identity.delegation.facts import Refusal
from identity.delegation.models import Delegation, DelegationStatus, PrincipalFreeze


class EffectiveStatus(StrEnum):
    """From best to worst."""

    ACTIVE = "active"
    NOT_YET_VALID = "not_yet_valid"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"


_WORSE = list(EffectiveStatus)
_STATUS_OF = {
    "frozen_by_principal": EffectiveStatus.SUSPENDED,
    "agent_suspended": EffectiveStatus.SUSPENDED,
    "agent_revoked": EffectiveStatus.REVOKED,
    "chain_link_revoked": EffectiveStatus.REVOKED,
    "chain_link_suspended": EffectiveStatus.SUSPENDED,
    "credential_expired": EffectiveStatus.EXPIRED,
    "credential_not_yet_valid": EffectiveStatus.NOT_YET_VALID,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """``reasons`` name each thing that stands in the way, principal first, then from the root down."""

    status: EffectiveStatus
    reasons: tuple[Refusal, ...]

    @property
    def is_active(self) -> bool:
        return self.status is EffectiveStatus.ACTIVE


def standing_of(delegation: Delegation, *, at: datetime) -> Standing:
    """The standing of one link, read now. Under the fence it stays true until the transaction ends."""
    return standings([delegation], at=at)[delegation.pk]


def standings(delegations: Iterable[Delegation], *, at: datetime) -> dict[str, Standing]:
    """The standing of each, by id, in two queries however many there are."""
    delegations = list(delegations)
    ids = {link for delegation in delegations for link in delegation.path}
    links = Delegation.objects.select_related("agent").in_bulk(ids)
    principals = {delegation.principal_id for delegation in delegations}
    frozen = set(PrincipalFreeze.objects.filter(pk__in=principals).values_list("pk", flat=True))
    return {
        delegation.pk: judge_path(
            [links[link] for link in delegation.path], is_frozen=delegation.principal_id in frozen, at=at
        )
        for delegation in delegations
    }


def judge_path(path: Sequence[Delegation], *, is_frozen: bool, at: datetime) -> Standing:
    """The standing of the last of ``path``, root first, each with its agent."""
    reasons = [Refusal("frozen_by_principal", 0, "", "The principal paused everything.")] if is_frozen else []
    reasons += [reason for link in path for reason in _agent_reasons(link)]
    reasons += [reason for link in path for reason in _link_reasons(link, at)]
    worst = max((_STATUS_OF[reason.code] for reason in reasons), key=_WORSE.index, default=EffectiveStatus.ACTIVE)
    return Standing(worst, tuple(reasons))


def _agent_reasons(link: Delegation) -> list[Refusal]:
    status = link.agent.status
    if status == AgentStatus.ACTIVE:
        return []
    code = "agent_revoked" if status in ENDED_STATUSES else "agent_suspended"
    return [Refusal(code, link.depth, "", f"The agent of link {link.depth} is {status}.")]


def _link_reasons(link: Delegation, at: datetime) -> list[Refusal]:
    found = []
    if link.status == DelegationStatus.REVOKED:
        found.append(Refusal("chain_link_revoked", link.depth, "", f"Link {link.depth} was revoked."))
    if link.status == DelegationStatus.SUSPENDED:
        found.append(Refusal("chain_link_suspended", link.depth, "", f"Link {link.depth} is suspended."))
    if link.has_ended(at):
        found.append(Refusal("credential_expired", link.depth, "", f"Link {link.depth} has ended."))
    if not link.has_begun(at):
        found.append(Refusal("credential_not_yet_valid", link.depth, "", f"Link {link.depth} has not begun."))
    return found
