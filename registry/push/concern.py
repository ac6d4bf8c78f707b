"""Whom a change concerns: vendors with an open hold or a dealing of the last 30 days, and whoever follows by name.

Never everybody: a stream tells a vendor of the agents it knows, and nobody of whom other vendors deal with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from identity.delegation.models import Delegation
from registry.push.limits import DEALING
from registry.push.models import Subscription

# A hold or a dealing below one of these links, with the streams of the vendor's organization.
_DEALERS = """
SELECT DISTINCT s.id, a.path[cardinality(a.path)] FROM spending_authorization a
JOIN agents_agent v ON v.id = a.vendor
JOIN push_subscription s ON s.organization_id = v.organization_id AND s.has_dealings
WHERE a.root = ANY(%(roots)s) AND a.path && %(links)s::varchar[]
AND (a.state <> 'closed' OR a.created_at >= %(since)s OR a.closed_at >= %(since)s)
"""
# The same from the other side: whose agents dealt with this vendor.
_BUYERS = """
SELECT DISTINCT s.id FROM spending_authorization a
JOIN agents_agent b ON b.id = a.agent
JOIN push_subscription s ON s.organization_id IN (b.organization_id, a.principal) AND s.has_dealings
WHERE a.vendor = %(vendor)s AND (a.state <> 'closed' OR a.created_at >= %(since)s OR a.closed_at >= %(since)s)
"""


@dataclass(frozen=True, slots=True)
class Dealing:
    """A stream whose organization sold under ``leaf``, the last link of a chain."""

    subscription: str
    leaf: str


def dealings_below(links: Collection[str], *, at: datetime) -> set[Dealing]:
    """Who sold something under one of these links, or under one below it."""
    roots = list(Delegation.objects.filter(pk__in=links).values_list("root_id", flat=True).distinct())
    if not roots:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_DEALERS, {"roots": roots, "links": list(links), "since": at - DEALING})
        return {Dealing(*row) for row in cursor.fetchall()}


def buyers_of(vendor: str, *, at: datetime) -> set[str]:
    """Streams of principals and agents' organizations that bought from this vendor."""
    with connection.cursor() as cursor:
        cursor.execute(_BUYERS, {"vendor": vendor, "since": at - DEALING})
        return {row[0] for row in cursor.fetchall()}


def followers_of(*, agents: Iterable[str] = (), organizations: Iterable[str | None] = ()) -> set[str]:
    """Streams that follow one of them by name: what is public about them is theirs to know."""
    parties = [party for party in organizations if party]
    followed = Q(agents__overlap=list(agents)) | Q(organizations__overlap=parties)
    return set(Subscription.objects.filter(followed).values_list("pk", flat=True))


def insiders_of(delegation: Delegation) -> set[str]:
    """Streams of the principal and of the holder's organization that follow this agent, or the principal.

    Stops a stranger who follows an agent by name from learning who lends it authority.
    """
    parties = [party for party in (delegation.principal_id, delegation.agent.organization_id) if party]
    followed = Q(agents__contains=[delegation.agent_id]) | Q(organizations__overlap=parties)
    return set(Subscription.objects.filter(followed, organization_id__in=parties).values_list("pk", flat=True))
