"""Zones: who may hand out names where."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from identity.accounts.bars import refuse_barred_organization
from identity.accounts.models import Organization
from identity.journal.actor import Actor
from identity.journal.kinds import ZoneCreated
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput
from registry.directory.confusables import skeleton
from registry.directory.limits import ZONES_PER_ORGANIZATION_MAX
from registry.directory.models import Zone, ZoneKind
from registry.directory.names import canonical_label, full_form
from registry.directory.reserved import reserved_zone_label


def create_zone(*, organization: Organization, label: str, actor: Actor, at: datetime) -> Zone:
    """Give ``organization`` the zone ``label`` under the root zone.

    Raises InvalidInput (``name_invalid``, ``name_mixed_scripts``, ``name_reserved``), Conflict (``name_taken``,
    ``name_confusable``, ``zone_limit_reached``), NotPermitted ``barred``.
    """
    canonical = allowed_zone_label(label)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        refuse_barred_organization(organization, actor=actor, at=at)
        refuse_taken_zone(canonical)
        held = Zone.objects.filter(organization=organization, kind=ZoneKind.REGISTERED).count()
        if held >= ZONES_PER_ORGANIZATION_MAX:
            raise Conflict(
                "zone_limit_reached", f"An organization has at most {ZONES_PER_ORGANIZATION_MAX} zones.", field="label"
            )
        zone = insert_zone(label=canonical, kind=ZoneKind.REGISTERED, organization=organization, at=at)
        record(ZoneCreated(zone=canonical), subject=zone.pk, actor=actor, at=at, organization=organization.pk)
    return zone


def allowed_zone_label(text: str) -> str:
    """The canonical label, unless syntax or the reserved words forbid it as a zone under the root zone."""
    label = canonical_label(text.strip())
    if label.isdigit():
        raise InvalidInput(
            "name_invalid", "A zone needs at least one letter: numbers look like addresses.", field="label"
        )
    reserved = reserved_zone_label(label)
    if reserved is not None:
        raise InvalidInput("name_reserved", reserved_detail(label, *reserved), field="label")
    return label


def insert_zone(*, label: str, kind: ZoneKind, organization: Organization | None, at: datetime) -> Zone:
    """Insert the row; the unique columns decide a race, and the loser is told as if it had come later."""
    try:
        with transaction.atomic():
            return Zone.objects.create(
                label=label, kind=kind, skeleton=zone_skeleton(label), organization=organization, created_at=at
            )
    except IntegrityError:
        refuse_taken_zone(label)
        raise


def refuse_taken_zone(label: str) -> None:
    """Raise Conflict when the zone exists or looks like one that does. Stops a look-alike of a known organization
    from handing out names that read like its own (UTS #39 section 4)."""
    other = Zone.objects.filter(skeleton=zone_skeleton(label)).values_list("label", flat=True).first()
    if other == label:
        raise Conflict("name_taken", f"The zone {label} is taken.", field="label")
    if other is not None:
        raise Conflict("name_confusable", f"“{label}” looks like the zone “{other}”, which exists.", field="label")


def zone_skeleton(label: str) -> str:
    """What the zone looks like, label by label, so that the dots of a domain keep their meaning."""
    return ".".join(skeleton(part) for part in label.split("."))


def zone_full_form(zone: Zone) -> str:
    """The DNS name of the zone."""
    return full_form(f"x.{zone.label}").removeprefix("x.")


def reserved_detail(label: str, reserved: str, reason: str) -> str:
    if label == reserved:
        return f"“{label}” is reserved: {reason}."
    return f"“{label}” looks like the reserved “{reserved}”: {reason}."
