"""Stopping the link an agent spends on, because of what happened to its spends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from identity.delegation.capacity import BY_REGISTRY, Capacity
from identity.delegation.models import Delegation
from identity.delegation.revoke import SuspensionReason, suspend_delegation
from identity.journal.actor import Actor
from identity.primitives.errors import Conflict


def pause_link(
    leaf: str,
    *,
    reason: SuspensionReason,
    capacities: Sequence[Capacity] = (BY_REGISTRY,),
    actor: Actor,
    at: datetime,
) -> None:
    """Suspend the link, in the registry's name unless another capacity is given. One that is suspended as strongly or
    revoked stays as it is. Takes its fence, so it comes before any row lock of the caller."""
    delegation = Delegation.objects.get(pk=leaf)
    try:
        suspend_delegation(delegation=delegation, reason=reason, capacities=capacities, actor=actor, at=at)
    except Conflict as conflict:
        if conflict.code not in ("delegation_already_suspended", "delegation_revoked"):
            raise
