"""How much a report weighs: by how well its reporter is known, and by how the reporter's earlier ones were judged."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from identity.accounts.models import Organization
from identity.agents.models import Vendor
from reputation.moderation.limits import UNFOUNDED_REMEMBERED_FOR, UNFOUNDED_WARNINGS, WEIGHTLESS_FOR
from reputation.moderation.models import Finding, Report
from reputation.scoring.formula import QUALITY_BY_ASSURANCE


def quality_percent(*, organization: Organization | None, vendor: str, cluster: Collection[str], at: datetime) -> int:
    """0 to 100: the vendor's assurance when it reports as one, else its organization's; 0 for a visitor, for a
    deplatformed organization, which may want to pay back, and for owners who reported without ground more than once
    (spec/accountability.md, "Unfounded reporters")."""
    if organization is None or organization.is_deplatformed(at) or weightless_until(cluster, at) is not None:
        return 0
    level = organization.assurance_level
    if vendor:
        level = Vendor.objects.filter(agent_id=vendor).values_list("assurance_level", flat=True).first() or 0
    return round(100 * QUALITY_BY_ASSURANCE[level])


def weightless_until(organizations: Collection[str], at: datetime) -> datetime | None:
    """When reports of these owners weigh again; None while they do.

    The first report found without ground within a year is a warning, each further one costs 90 days. Counted over all
    organizations of the owners, which stops them from going on under the next one; and from the findings themselves,
    so that taking back a finding takes back what it cost.
    """
    unfounded = Report.objects.filter(
        organization__in=organizations,
        finding=Finding.UNFOUNDED,
        decided_at__gt=at - UNFOUNDED_REMEMBERED_FOR,
        decided_at__lte=at,
    )
    days = list(unfounded.order_by("decided_at").values_list("decided_at", flat=True))
    if len(days) <= UNFOUNDED_WARNINGS or days[-1] is None:
        return None
    until = days[-1] + WEIGHTLESS_FOR
    return until if at < until else None


def is_warned(organizations: Collection[str], at: datetime) -> bool:
    """Whether the next report without ground costs these owners their weight."""
    return Report.objects.filter(
        organization__in=organizations, finding=Finding.UNFOUNDED, decided_at__gt=at - UNFOUNDED_REMEMBERED_FOR
    ).exists()
