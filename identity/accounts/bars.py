"""Bars: what a deplatformed organization may not come back with. Written by the decision, asked at every entrance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Q

from identity.accounts.models import Bar, BarKind, Membership, Organization, Role
from identity.journal.actor import Actor, ActorKind
from identity.primitives.errors import NotPermitted

Values = Mapping[BarKind, Iterable[str]]


def raise_bars(
    *, organization: Organization, sanction: str, values: Values, until: datetime | None = None, at: datetime
) -> int:
    """Bar these values in the caller's transaction; how many were not barred by this decision before."""
    rows = [
        Bar(kind=kind, value=value, sanction=sanction, organization=organization, created_at=at, until=until)
        for kind, found in values.items()
        for value in sorted(set(found))
        if value
    ]
    return len(Bar.objects.bulk_create(rows, ignore_conflicts=True))


def lift_bars(*, sanction: str, at: datetime) -> int:
    """End the bars of one decision, in the caller's transaction; how many were in force."""
    return Bar.objects.filter(sanction=sanction, lifted_at=None).update(lifted_at=at)


def owners_of(organization: Organization) -> list[str]:
    """The ids of those who own it, its own person among them."""
    memberships = Membership.objects.filter(organization=organization, role=Role.OWNER)
    person = {organization.person_id} if organization.person_id else set()
    return sorted({*memberships.values_list("user_id", flat=True), *person})


def is_barred(values: Values, *, at: datetime) -> bool:
    """Whether one of these values is barred now."""
    wanted = Q(pk__in=[])
    for kind, found in values.items():
        wanted |= Q(kind=kind, value__in=list(found))
    in_force = Q(until=None) | Q(until__gt=at)
    return Bar.objects.filter(wanted, in_force, lifted_at=None).exists()


def refuse_barred(values: Values, *, at: datetime) -> None:
    """NotPermitted ``barred``.

    Stops an organization that was thrown out from coming back under another name. The answer never says which value
    was recognized: that would tell it what to change.
    """
    if is_barred(values, at=at):
        raise _barred()


def refuse_barred_owner(user_id: str, *, at: datetime) -> None:
    """NotPermitted ``barred`` when this person owned an organization that is deplatformed."""
    refuse_barred({BarKind.OWNER: [user_id]}, at=at)


def refuse_barred_domain(domain: str, *, at: datetime) -> None:
    """NotPermitted ``barred`` for a barred domain and everything below it: a subdomain is the same hands."""
    labels = domain.lower().split(".")
    refuse_barred({BarKind.DOMAIN: [".".join(labels[start:]) for start in range(len(labels) - 1)]}, at=at)


def refuse_barred_organization(organization: Organization, *, actor: Actor, at: datetime) -> None:
    """NotPermitted ``barred`` when the organization is deplatformed, has a barred legal id or a barred owner, or is
    made use of by a barred person: stops a new agent from running for those who were thrown out."""
    standing = Organization.objects.values_list("deplatformed_at", "legal_id").get(pk=organization.pk)
    deplatformed_at, legal_id = standing
    if deplatformed_at is not None:  # also during the wind-down: nothing new begins
        raise _barred()
    people = owners_of(organization)
    if actor.kind == ActorKind.USER:
        people.append(actor.id)
    refuse_barred({BarKind.OWNER: people, BarKind.LEGAL_ID: [legal_id] if legal_id else []}, at=at)


def _barred() -> NotPermitted:
    return NotPermitted(
        "barred",
        "The registry does not take this registration. If you think that this is a mistake, appeal: whoever was "
        "told of a decision finds the address in its statement of reasons, everybody else writes to the operators.",
    )
