"""A link's own standing: suspended, resumed, revoked for good. What lies below it follows by evaluation, at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from identity.agents import fence
from identity.delegation.capacity import Capacity, rank_of
from identity.delegation.models import Delegation, DelegationStatus, OnRevocation, SetBy
from identity.delegation.status_bits import publish_standing
from identity.journal.actor import Actor
from identity.journal.delegation_kinds import DelegationResumed, DelegationRevoked, DelegationSuspended
from identity.journal.kinds import Payload
from identity.journal.record import record
from identity.primitives.errors import Conflict, NotPermitted


class RevocationReason(StrEnum):
    """Why a link ended."""

    NO_LONGER_NEEDED = "no_longer_needed"
    REPLACED = "replaced"
    ISSUED_BY_MISTAKE = "issued_by_mistake"
    KEY_COMPROMISED = "key_compromised"
    MISUSE = "misuse"
    LEGAL_ORDER = "legal_order"
    MEMBER_LEFT = "member_left"
    UNSPECIFIED = "unspecified"


class SuspensionReason(StrEnum):
    """Why a link is paused. The last three are the registry's to give."""

    PAUSED = "paused"
    SUSPECTED_MISUSE = "suspected_misuse"
    KEY_COMPROMISED = "key_compromised"
    SELF_REPORT = "self_report"
    UNSPECIFIED = "unspecified"
    CHARGED_BEYOND_LIMIT = "charged_beyond_limit"
    DECLINED_OFTEN = "declined_often"
    INVESTIGATION = "investigation"


VOLUNTARY_REASONS = frozenset({RevocationReason.NO_LONGER_NEEDED, RevocationReason.REPLACED})
PARTY_SUSPENSION_REASONS = tuple(SuspensionReason)[:5]
# The others say what happened elsewhere: nobody gives them by hand.
_NOT_GIVEN = frozenset({RevocationReason.LEGAL_ORDER, RevocationReason.REPLACED, RevocationReason.MEMBER_LEFT})
PARTY_REVOCATION_REASONS = tuple(reason for reason in RevocationReason if reason not in _NOT_GIVEN)
_MAY_REVOKE = frozenset({SetBy.PRINCIPAL, SetBy.ISSUER, SetBy.REGISTRY})
_STANDING = ["status", "status_reason", "status_changed_at", "status_set_by", "status_setter"]


def revoke_delegation(
    *,
    delegation: Delegation,
    reason: RevocationReason,
    capacities: Sequence[Capacity],
    actor: Actor,
    at: datetime,
) -> Delegation:
    """End the link and with it everything below, for ever. By its principal, whoever issued it or a link above it, or
    the registry. NotPermitted ``delegation_not_yours``, Conflict ``delegation_revoked``."""
    capacity = next((capacity for capacity in capacities if capacity.kind in _MAY_REVOKE), None)
    if capacity is None:
        raise _not_yours()
    with transaction.atomic():
        locked = _lock(delegation)
        _set(locked, DelegationStatus.REVOKED, reason=reason, capacity=capacity, at=at)
        _tell(locked, DelegationRevoked(reason=reason.value, by=capacity.kind.value), actor=actor, at=at)
    return locked


def suspend_delegation(
    *,
    delegation: Delegation,
    reason: SuspensionReason,
    capacities: Sequence[Capacity],
    actor: Actor,
    at: datetime,
) -> Delegation:
    """Pause the link and everything below it; its holder may report itself too. A stronger party may take over the
    suspension of a weaker one. NotPermitted ``delegation_not_yours``, Conflict ``delegation_revoked``,
    ``delegation_already_suspended``."""
    if not capacities:
        raise _not_yours()
    capacity = capacities[0]
    with transaction.atomic():
        locked = _lock(delegation)
        if locked.status == DelegationStatus.SUSPENDED and rank_of(locked.status_set_by) >= capacity.rank:
            raise Conflict("delegation_already_suspended", "This delegation is suspended already.")
        _set(locked, DelegationStatus.SUSPENDED, reason=reason, capacity=capacity, at=at)
        _tell(locked, DelegationSuspended(reason=reason.value, by=capacity.kind.value), actor=actor, at=at)
    return locked


def resume_delegation(
    *, delegation: Delegation, capacities: Sequence[Capacity], actor: Actor, at: datetime
) -> Delegation:
    """Lift a suspension; only whoever set it may. NotPermitted ``suspended_by_another``, ``delegation_not_yours``;
    Conflict ``delegation_revoked``, ``delegation_not_suspended``."""
    if not capacities:
        raise _not_yours()
    with transaction.atomic():
        locked = _lock(delegation)
        if locked.status != DelegationStatus.SUSPENDED:
            raise Conflict("delegation_not_suspended", "This delegation is not suspended.")
        capacity = next((capacity for capacity in capacities if _set_it(capacity, locked)), None)
        if capacity is None:
            who = SetBy(locked.status_set_by).label
            raise NotPermitted("suspended_by_another", f"It was suspended by {who}; only they can resume it.")
        _set(locked, DelegationStatus.ACTIVE, reason=None, capacity=None, at=at)
        _tell(locked, DelegationResumed(by=capacity.kind.value), actor=actor, at=at)
    return locked


def honors_open_authorizations(delegation: Delegation) -> bool:
    """Whether open authorizations under a revoked link may still be captured: its issuer said so, and nothing went
    wrong. For every other reason they are void."""
    return delegation.on_revocation == OnRevocation.HONOR and delegation.status_reason in VOLUNTARY_REASONS


def _lock(delegation: Delegation) -> Delegation:
    """The row as it stands, behind its fence. Conflict ``delegation_revoked``."""
    fence.exclusive(delegation.pk)
    locked = (
        Delegation.objects.select_for_update(no_key=True, of=["self"])
        .select_related("status_entry", "agent")
        .get(pk=delegation.pk)
    )
    if locked.is_revoked:
        raise Conflict("delegation_revoked", "This delegation was revoked; that is for good. Issue a new one.")
    return locked


def _set_it(capacity: Capacity, delegation: Delegation) -> bool:
    return capacity.kind == delegation.status_set_by and delegation.status_setter in capacity.stands_for


def _set(
    delegation: Delegation, status: DelegationStatus, *, reason: StrEnum | None, capacity: Capacity | None, at: datetime
) -> None:
    delegation.status, delegation.status_reason = status, reason.value if reason else ""
    delegation.status_changed_at = at
    delegation.status_set_by = capacity.kind if capacity else ""
    delegation.status_setter = capacity.setter if capacity else ""
    delegation.save(update_fields=_STANDING)
    publish_standing([delegation], at=at)


def _tell(delegation: Delegation, payload: Payload, *, actor: Actor, at: datetime) -> None:
    record(payload, subject=delegation.pk, actor=actor, at=at, organization=delegation.principal_id)


def _not_yours() -> NotPermitted:
    return NotPermitted("delegation_not_yours", "Only its principal, an issuer above it or its holder may do this.")
