"""Who belongs together: organizations with an owner, a proven domain or a known vendor cluster in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models

from identity.accounts.models import Membership, Organization, Role
from identity.agents.models import Vendor
from reputation.moderation.limits import CLUSTER_ORGANIZATIONS_MAX, CLUSTER_ROUNDS_MAX
from reputation.moderation.models import Report

LEGAL_ENTITY_VERIFIED = 2  # the assurance level that says so
VISITORS = "visitors"  # nobody knows how many people they are, so they count as one


@dataclass(frozen=True, slots=True)
class Cluster:
    """``key`` names it: the oldest organization in it. ``organizations`` are the ids of all of them."""

    key: str
    organizations: frozenset[str]


def cluster_of(organization: Organization) -> Cluster:
    """Everything that stands behind ``organization``, followed from owner to owner until nothing new turns up.

    Stops brigading: one person with ten organizations, or ten shops of one chain, are one voice.
    """
    known = {organization.pk}
    fresh = known
    for _round in range(CLUSTER_ROUNDS_MAX):
        fresh = (_of_same_owners(fresh) | _of_same_legal_entity(fresh) | _of_same_vendors(fresh)) - known
        known |= set(sorted(fresh)[: max(0, CLUSTER_ORGANIZATIONS_MAX - len(known))])
        if not fresh or len(known) >= CLUSTER_ORGANIZATIONS_MAX:
            break
    return Cluster(min(known), frozenset(known))


def independent_clusters(reports: Iterable[Report]) -> int:
    """How many unrelated parties stand behind these reports, as things are owned today.

    Asks anew, since owners who met after they had reported are one voice from then on.
    """
    groups: list[set[str]] = []
    for stored, organization in {(report.cluster, report.organization) for report in reports}:
        keys = {stored} | (set(cluster_of(organization).organizations) if organization else set())
        related = [group for group in groups if group & keys]
        groups = [group for group in groups if not group & keys]
        groups.append(keys.union(*related))
    return len(groups)


def are_competitors(one: Organization, other: Organization | None) -> bool:
    """Whether both sell the same kind of thing (merchant category) in the same country."""
    if other is None or one.pk == other.pk:
        return False
    return bool(_trades(one) & _trades(other))


def _of_same_owners(organizations: Iterable[str]) -> set[str]:
    owners = Membership.objects.filter(organization__in=list(organizations), role=Role.OWNER).values("user")
    shared = Membership.objects.filter(user__in=owners, role=Role.OWNER)
    return set(shared.values_list("organization_id", flat=True)[: CLUSTER_ORGANIZATIONS_MAX + 1])


def _of_same_legal_entity(organizations: Iterable[str]) -> set[str]:
    """By the entry in a commercial register, once an operator has verified both: by its own word anybody could tie
    itself to the shop that reported it and make that report its own."""
    verified = Organization.objects.filter(assurance_level__gte=LEGAL_ENTITY_VERIFIED).exclude(legal_id="")
    own = verified.filter(pk__in=list(organizations)).values("legal_id")
    return set(verified.filter(legal_id__in=own).values_list("pk", flat=True)[: CLUSTER_ORGANIZATIONS_MAX + 1])


def _of_same_vendors(organizations: Iterable[str]) -> set[str]:
    """By the cluster that an operator named, or by a domain that both have proven."""
    own = list(Vendor.objects.filter(agent__organization__in=list(organizations))[:CLUSTER_ORGANIZATIONS_MAX])
    named = {vendor.cluster for vendor in own if vendor.cluster}
    domains = {domain for vendor in own if vendor.assurance_level for domain in vendor.domains}
    related: set[str | None] = set()
    if named:
        related |= _organizations_of(Vendor.objects.filter(cluster__in=named))
    if domains:
        proven = Vendor.objects.filter(assurance_level__gt=0, domains__overlap=sorted(domains))
        related |= _organizations_of(proven)
    return {organization for organization in related if organization}


def _organizations_of(vendors: models.QuerySet[Vendor]) -> set[str | None]:
    return set(vendors.values_list("agent__organization_id", flat=True)[: CLUSTER_ORGANIZATIONS_MAX + 1])


def _trades(organization: Organization) -> set[tuple[str, str]]:
    vendors = Vendor.objects.filter(agent__organization=organization)
    return set(vendors.values_list("mcc", "country")[:CLUSTER_ORGANIZATIONS_MAX])
