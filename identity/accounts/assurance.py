"""How far an organization was verified: raised and lowered by operators, who looked."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from identity.accounts.models import Organization, OrganizationKind
from identity.accounts.operators import require_operator
from identity.accounts.organizations import VERIFIED_ENTITY_LEVEL
from identity.journal.actor import Actor
from identity.journal.moderation_kinds import AssuranceSet
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput

ASSURANCE_LEVEL_MAX = 3
REASON_LENGTH_MAX = 200


def set_assurance(*, organization: Organization, level: int, reason: str, actor: Actor, at: datetime) -> Organization:
    """Say how far the organization was verified: 0 not at all, 1 by a domain, 2 its legal entity, 3 on site or by
    payment. ``reason`` is what was looked at, without personal data; it goes into the journal.

    Raises NotPermitted ``operators_only`` or ``own_organization``, InvalidInput ``assurance_level_invalid`` or
    ``reason_required``, Conflict ``legal_id_required``: nobody is verified as nobody in particular.
    """
    if not 0 <= level <= ASSURANCE_LEVEL_MAX:
        raise InvalidInput("assurance_level_invalid", "An assurance level is 0 to 3.", field="level")
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= REASON_LENGTH_MAX:
        raise InvalidInput("reason_required", f"Say why, in 1 to {REASON_LENGTH_MAX} characters.", field="reason")
    with transaction.atomic():
        locked = Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        require_operator(actor, uninvolved_in=[locked])
        needs_entity = level >= VERIFIED_ENTITY_LEVEL and locked.kind == OrganizationKind.ORGANIZATION
        if needs_entity and not locked.legal_id:
            raise Conflict("legal_id_required", "Note the organization's legal id first.", field="level")
        before, locked.assurance_level = locked.assurance_level, level
        if before != level:
            locked.save(update_fields=["assurance_level"])
            event = AssuranceSet(level=level, before=before, reason=reason)
            record(event, subject=locked.pk, actor=actor, at=at, organization=locked.pk)
    return locked
