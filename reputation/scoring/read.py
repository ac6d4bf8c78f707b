"""The evidence of many agents, read in a handful of statements and put into the formula's terms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from psycopg import Cursor

from reputation.scoring.clusters import clusters_of
from reputation.scoring.formula import (
    INHERITED_FACTOR,
    INHERITED_FOR_DAYS,
    RECEIPT_HALF_LIFE_DAYS,
    VENDOR_CAP,
    Receipt,
    SeverityKind,
    UpheldCase,
    vendor_quality,
)

# A vendor's own word names its domains until they are proven: with it, a rival could tie itself to a shop and eat
# into what that shop's receipts may bring.
_VENDORS = """
SELECT v.agent_id, v.assurance_level, r.vendor IS NOT NULL,
    ARRAY['organization:' || a.organization_id]
    || CASE WHEN v.cluster <> '' THEN ARRAY['cluster:' || v.cluster] ELSE '{}' END
    || CASE WHEN v.assurance_level > 0 THEN ARRAY(SELECT 'domain:' || unnest(v.domains)) ELSE '{}' END
    || ARRAY(SELECT 'owner:' || m.user_id FROM accounts_membership m
             WHERE m.organization_id = a.organization_id AND m.role = 'owner')
FROM agents_vendor v JOIN agents_agent a ON a.id = v.agent_id LEFT JOIN scoring_vendorreview r ON r.vendor = v.agent_id
"""
_THESE_VENDORS = f"{_VENDORS} WHERE v.agent_id = ANY(%s)"
_ALL_RECEIPTS = """
SELECT agent, vendor, settled_on, count(*) AS many FROM scoring_receiptevidence
WHERE agent = ANY(%(agents)s) AND NOT is_own AND settled_on <= %(on)s GROUP BY agent, vendor, settled_on
"""
# Newest first, a vendor brings so many full receipts and no more: what is older than those need not be read. A
# little more is, since the formula alone decides what counts.
_RECEIPTS = f"""
SELECT agent, vendor, settled_on, many FROM (
    SELECT agent, vendor, settled_on, many, full_ones,
        sum(full_ones) OVER (PARTITION BY agent, vendor ORDER BY settled_on DESC ROWS UNBOUNDED PRECEDING) AS so_far
    FROM (
        SELECT daily.*, many * 2::float8 ^ ((settled_on - %(on)s::date) / %(half_life)s::float8) AS full_ones
        FROM ({_ALL_RECEIPTS}) daily
    ) weighed
) summed WHERE so_far - full_ones <= %(cap)s
"""  # noqa: S608 - statements of our own
# Who answers for an agent answers for how its others behaved: for a year a new one carries half of that, whichever
# of them is older. The day an agent came to its organization is the one that counts.
_CASES = """
SELECT agent_id, id, severity, quality, decided_at, 1.0::float8 FROM scoring_caseevidence
WHERE agent_id = ANY(%(agents)s) AND withdrawn_at IS NULL
UNION ALL
SELECT young.id, e.id, e.severity, e.quality, e.decided_at, %(inherited)s::float8
FROM agents_agent young
JOIN agents_agent other ON other.organization_id = young.organization_id AND other.id <> young.id
JOIN scoring_caseevidence e ON e.agent_id = other.id AND e.withdrawn_at IS NULL
WHERE young.id = ANY(%(agents)s) AND coalesce(young.claimed_at, young.created_at) > %(young_since)s
"""
MARGIN = 0.001


@dataclass(frozen=True, slots=True)
class VendorFacts:
    """What a vendor's receipts weigh, and with whom it shares an owner."""

    quality: float
    ties: frozenset[str]


@dataclass(slots=True)
class Evidence:
    """One agent's evidence in the formula's terms."""

    receipts: list[Receipt] = field(default_factory=list)
    cases: list[UpheldCase] = field(default_factory=list)


def utc_day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def read_vendors(vendors: Collection[str] | None = None) -> dict[str, VendorFacts]:
    """The facts of these vendors, or of all there are."""
    rows = _rows(_VENDORS, []) if vendors is None else _rows(_THESE_VENDORS, [list(vendors)])
    return {
        vendor: VendorFacts(vendor_quality(level, is_under_review=is_under_review), frozenset(ties))
        for vendor, level, is_under_review, ties in rows
    }


def read_evidence(
    agents: Sequence[str], *, on: date, known: Mapping[str, VendorFacts] | None = None, with_capped: bool = False
) -> dict[str, Evidence]:
    """The evidence that these agents have on the UTC day ``on``. ``known`` are the facts of every vendor, for who
    reads many agents; otherwise those concerned are read. ``with_capped`` reads receipts that cannot count too."""
    evidence = {agent: Evidence() for agent in agents}
    received: dict[str, list[tuple[str, date, int]]] = defaultdict(list)
    statement = _ALL_RECEIPTS if with_capped else _RECEIPTS
    bounds = {"agents": list(agents), "on": on, "half_life": RECEIPT_HALF_LIFE_DAYS, "cap": VENDOR_CAP + MARGIN}
    for agent, vendor, settled_on, count in _rows(statement, bounds):
        received[agent].append((vendor, settled_on, count))
    if known is None:
        known = read_vendors({vendor for rows in received.values() for vendor, _, _ in rows})
    for agent, rows in received.items():
        evidence[agent].receipts = _receipts(rows, known)
    first_young = datetime(on.year, on.month, on.day, tzinfo=UTC) - timedelta(days=INHERITED_FOR_DAYS)
    about = {"agents": list(agents), "inherited": INHERITED_FACTOR, "young_since": first_young}
    for agent, item, severity, quality, decided_at, factor in _rows(_CASES, about):
        case = UpheldCase(item, SeverityKind(severity), quality, utc_day(decided_at), factor)
        evidence[agent].cases.append(case)
    return evidence


def _receipts(rows: list[tuple[str, date, int]], known: Mapping[str, VendorFacts]) -> list[Receipt]:
    facts = {vendor: known[vendor] for vendor, _, _ in rows if vendor in known and known[vendor].quality > 0}
    clusters = clusters_of({vendor: fact.ties for vendor, fact in facts.items()})
    return [
        Receipt(vendor, clusters[vendor], facts[vendor].quality, settled_on, count)
        for vendor, settled_on, count in rows
        if vendor in facts
    ]


def _rows(statement: str, parameters: list[object] | dict[str, object]) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return Cursor(connection.connection).execute(statement, parameters).fetchall()
