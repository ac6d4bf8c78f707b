"""How far an organization was verified, where no operator at the desk says so: by a proven domain, or by a command on
the server."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from identity.accounts.models import Organization, OrganizationKind
from identity.accounts.organizations import VERIFIED_ENTITY_LEVEL
from identity.journal.actor import Actor
from identity.journal.moderation_kinds import AssuranceSet
from identity.journal.record import record
from identity.primitives.errors import Conflict

LEVEL_OF_NOBODY = 0
LEVEL_OF_DOMAIN = 1


def follow_domain_proofs(*, organization_id: str, has_proven_domain: bool, actor: Actor, at: datetime) -> int:
    """Let the assurance be 1 while a domain of the organization is proven, 0 when none is; its level after that. What
    an operator verified beyond a domain stands by itself. For the transaction in which a proof is found or lost."""
    level = LEVEL_OF_DOMAIN if has_proven_domain else LEVEL_OF_NOBODY
    reason = "a domain was proven" if has_proven_domain else "no proof of a domain is left"
    with transaction.atomic():
        locked = _locked(organization_id)
        if locked.assurance_level <= LEVEL_OF_DOMAIN:
            _set(locked, level, reason, actor=actor, at=at)
    return locked.assurance_level


def note_assurance(*, organization: Organization, level: int, reason: str, actor: Actor, at: datetime) -> Organization:
    """The level, 0 to 3, on the word of whoever runs this server. Conflict ``legal_id_required`` as for an operator."""
    with transaction.atomic():
        locked = _locked(organization.pk)
        needs_entity = level >= VERIFIED_ENTITY_LEVEL and locked.kind == OrganizationKind.ORGANIZATION
        if needs_entity and not locked.legal_id:
            raise Conflict("legal_id_required", "Note the organization's legal id first.", field="level")
        _set(locked, level, reason, actor=actor, at=at)
    return locked


def _locked(organization_id: str) -> Organization:
    return Organization.objects.select_for_update(no_key=True).get(pk=organization_id)


def _set(locked: Organization, level: int, reason: str, *, actor: Actor, at: datetime) -> None:
    before = locked.assurance_level
    if before != level:
        locked.assurance_level = level
        locked.save(update_fields=["assurance_level"])
        record(AssuranceSet(level, before, reason), subject=locked.pk, actor=actor, at=at, organization=locked.pk)
