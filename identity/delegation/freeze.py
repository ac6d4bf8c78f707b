"""A principal pauses everything that acts for her, at once, and goes on when she means to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from identity.accounts.models import Organization
from identity.agents import fence
from identity.delegation.models import PrincipalFreeze
from identity.journal.actor import Actor
from identity.journal.delegation_kinds import PrincipalFrozen, PrincipalUnfrozen
from identity.journal.record import record
from identity.primitives.errors import Conflict


def freeze_principal(*, principal: Organization, actor: Actor, at: datetime) -> PrincipalFreeze:
    """Pause every chain of the principal; once it has returned, nothing is authorized. Twice changes nothing: in an
    emergency the button always works. Open authorizations stay, but cannot be captured meanwhile."""
    with transaction.atomic():
        fence.exclusive(principal.pk)
        freeze, is_new = PrincipalFreeze.objects.get_or_create(
            principal=principal, defaults={"frozen_at": at, "frozen_by": str(actor)}
        )
        if is_new:
            record(PrincipalFrozen(), subject=principal.pk, actor=actor, at=at, organization=principal.pk)
    return freeze


def unfreeze_principal(*, principal: Organization, evidence: dict[str, Any], actor: Actor, at: datetime) -> None:
    """Go on. Needs the principal's consent as a root does: whoever holds a stolen key or session may stop spending,
    never start it again. Conflict ``principal_not_frozen``."""
    with transaction.atomic():
        fence.exclusive(principal.pk)
        deleted, _ = PrincipalFreeze.objects.filter(principal=principal).delete()
        if not deleted:
            raise Conflict("principal_not_frozen", "Nothing is paused.")
        event = PrincipalUnfrozen(consent=str(evidence.get("type", "")))
        record(event, subject=principal.pk, actor=actor, at=at, organization=principal.pk)


def is_frozen(principal: Organization) -> bool:
    return PrincipalFreeze.objects.filter(pk=principal.pk).exists()


def refuse_frozen(principal: Organization) -> None:
    """Conflict ``principal_frozen``: no new authority is born while everything is paused."""
    if is_frozen(principal):
        raise Conflict("principal_frozen", "The principal has paused everything; go on first.")
