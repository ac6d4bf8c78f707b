"""Deplatforming: an organization is shut out with everything it would be recognized by when it comes back."""

from __future__ import annotations

from datetime import datetime, timedelta

from identity.accounts.bars import lift_bars, owners_of, raise_bars
from identity.accounts.models import BarKind, Organization, User
from identity.agents.models import Vendor, VerificationMethod
from identity.journal.actor import Actor
from identity.journal.kinds import DomainRemoved, DomainStateChanged
from identity.journal.models import Event
from identity.journal.moderation_kinds import OrganizationDeplatformed, OrganizationReadmitted
from identity.journal.record import record
from identity.primitives.clock import rfc3339
from reputation.moderation.models import Sanction
from reputation.moderation.reach import agents_of

DOMAINS_REMEMBERED_FOR = timedelta(days=180)
_HELD_STATES = frozenset({"proven", "unreachable"})


def begin_deplatforming(sanction: Sanction, *, actor: Actor, at: datetime) -> None:
    """Bar the organization's keys, domains, legal id and owners at once, also while its agents wind down.

    What it was recognized by when the measure was proposed counts too: stops owners from leaving, and a legal id from
    being taken back, while operators sign. Locks the owners' logins first: whoever founds an organization at the same
    moment has it already, and it is found by the check of associated agents, or waits and is refused.
    """
    organization = _locked(sanction)
    list(User.objects.select_for_update(no_key=True).filter(pk__in=owners_of(organization)).order_by("pk"))
    organization.deplatformed_at = sanction.agents_from
    organization.save(update_fields=["deplatformed_at"])
    then, today = sanction.marks, marks_of(organization, at=at)
    marks = {kind: sorted({*found, *then.get(kind.value, [])}) for kind, found in today.items()}
    raise_bars(organization=organization, sanction=sanction.pk, values=marks, at=at)
    event = OrganizationDeplatformed(
        sanction=sanction.pk,
        agents=agents_of(organization).count(),
        from_instant=rfc3339(sanction.agents_from or at),
    )
    record(event, subject=organization.pk, actor=actor, at=at, organization=organization.pk)


def end_deplatforming(sanction: Sanction, *, actor: Actor, at: datetime) -> None:
    """Admit the organization again: overturned on appeal, or lifted after two years at least."""
    organization = _locked(sanction)
    lift_bars(sanction=sanction.pk, at=at)
    organization.deplatformed_at = None
    organization.save(update_fields=["deplatformed_at"])
    event = OrganizationReadmitted(sanction=sanction.pk)
    record(event, subject=organization.pk, actor=actor, at=at, organization=organization.pk)


def marks_of(organization: Organization, *, at: datetime) -> dict[BarKind, list[str]]:
    """What the organization is recognized by: every key its agents ever had, its domains, its legal id, its owners."""
    keys = VerificationMethod.objects.filter(agent__organization=organization).values_list("thumbprint", flat=True)
    return {
        BarKind.THUMBPRINT: list(keys),
        BarKind.DOMAIN: sorted(domains_of(organization, at=at)),
        BarKind.LEGAL_ID: [organization.legal_id] if organization.legal_id else [],
        BarKind.OWNER: owners_of(organization),
    }


def domains_of(organization: Organization, *, at: datetime) -> set[str]:
    """The domains it has proven, and those it gave up within 180 days: stops it from dropping them just before. One
    that was lost, because its proof was gone, has changed hands and is left alone."""
    found = {
        domain
        for domains in Vendor.objects.filter(agent__organization=organization, assurance_level__gte=1).values_list(
            "domains", flat=True
        )
        for domain in domains
    }
    standing: dict[str, bool] = {}
    events = Event.objects.filter(
        organization=organization.pk, kind__in=[DomainStateChanged.kind, DomainRemoved.kind]
    ).order_by("written_order")
    for event in events:
        domain = str(event.payload["domain"])
        if event.kind == DomainStateChanged.kind:
            standing[domain] = event.payload["state"] in _HELD_STATES
        elif event.at <= at - DOMAINS_REMEMBERED_FOR:
            standing[domain] = False
    return found | {domain for domain, is_its in standing.items() if is_its}


def _locked(sanction: Sanction) -> Organization:
    return Organization.objects.select_for_update(no_key=True).get(pk=sanction.organization_id)
