"""The zone of a proven domain: opened by the proof, withheld when that is lost, handed on to the next prover."""

from __future__ import annotations

from datetime import datetime

from identity.journal.actor import Actor
from identity.journal.kinds import ZoneCreated
from identity.journal.record import record
from registry.directory.models import Domain, Name, NameStatus, Zone, ZoneKind
from registry.directory.register import remove_name
from registry.directory.zones import insert_zone


def open_zone(domain: Domain, *, actor: Actor, at: datetime) -> Zone:
    """The zone of the domain, for the organization that has just proven it; the caller holds the domain's lock.

    Names of an organization that lost the domain end: whoever controls it now must not answer for what the other
    said. Raises Conflict ``name_confusable`` when the domain looks like another zone.
    """
    zone = Zone.objects.select_for_update().filter(label=domain.domain, kind=ZoneKind.DOMAIN).first()
    if zone is None:
        zone = insert_zone(label=domain.domain, kind=ZoneKind.DOMAIN, organization=domain.organization, at=at)
        record(ZoneCreated(zone=zone.label), subject=zone.pk, actor=actor, at=at, organization=domain.organization_id)
    elif zone.organization_id == domain.organization_id:
        _set_hold(zone, held=False)
    else:
        for name in Name.objects.select_for_update(of=["self"]).select_related("agent").filter(zone=zone):
            remove_name(name, actor=actor, at=at)
        zone.organization = domain.organization
        zone.save(update_fields=["organization"])
    return zone


def withhold_zone(domain: Domain) -> None:
    """Withhold every name under a domain whose proof is gone."""
    zone = _zone_of(domain)
    if zone is not None:
        _set_hold(zone, held=True)


def give_up_zone(domain: Domain) -> None:
    """Remove the empty zone."""
    zone = _zone_of(domain)
    if zone is not None:
        zone.delete()


def _zone_of(domain: Domain) -> Zone | None:
    return Zone.objects.filter(
        label=domain.domain, kind=ZoneKind.DOMAIN, organization_id=domain.organization_id
    ).first()


def _set_hold(zone: Zone, *, held: bool) -> None:
    for name in Name.objects.select_for_update().filter(zone=zone).order_by("id"):
        others = [status for status in name.statuses if status != NameStatus.SERVER_HOLD]
        name.statuses = sorted([*others, NameStatus.SERVER_HOLD]) if held else others
        name.save(update_fields=["statuses"])
