"""The evidence of many agents, read in a handful of statements and put into the formula's terms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import orjson
from django.db import connection

from identity.primitives.round_trip import Parameters, Row, Statement, run
from identity.spending.array_text import quoted
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

Question = tuple[Statement, Parameters]
MARGIN = 0.001

# A vendor's own word names its domains until they are proven: with it, a rival could tie itself to a shop and eat
# into what that shop's receipts may bring.
_VENDORS = """
SELECT v.agent_id, v.assurance_level, r.vendor IS NOT NULL, to_json(
    ARRAY['organization:' || a.organization_id]
    || CASE WHEN v.cluster <> '' THEN ARRAY['cluster:' || v.cluster] ELSE '{}' END
    || CASE WHEN v.assurance_level > 0 THEN ARRAY(SELECT 'domain:' || unnest(v.domains)) ELSE '{}' END
    || ARRAY(SELECT 'owner:' || m.user_id FROM accounts_membership m
             WHERE m.organization_id = a.organization_id AND m.role = 'owner'))
FROM agents_vendor v JOIN agents_agent a ON a.id = v.agent_id LEFT JOIN scoring_vendorreview r ON r.vendor = v.agent_id
"""
_EVERY_VENDOR = Statement("score_every_vendor", _VENDORS)
_THEIR_VENDORS = Statement(
    "score_their_vendors",
    f"""{_VENDORS} WHERE v.agent_id IN (
        SELECT vendor FROM scoring_receiptevidence WHERE agent = ANY($1) AND NOT is_own)""",  # noqa: S608 - a statement of our own
)
_DAILY = """
SELECT agent, vendor, settled_on, count(*) AS many FROM scoring_receiptevidence
WHERE agent = ANY($1) AND NOT is_own AND settled_on <= $2 GROUP BY agent, vendor, settled_on
"""
_ALL_RECEIPTS = Statement("score_all_receipts", _DAILY)
# Newest first, a vendor brings so many full receipts and no more: what is older than those need not be read. A
# little more is, since the formula alone decides what counts.
_RECEIPTS = Statement(
    "score_receipts",
    f"""
SELECT agent, vendor, settled_on, many FROM (
    SELECT agent, vendor, settled_on, many, full_ones,
        sum(full_ones) OVER (PARTITION BY agent, vendor ORDER BY settled_on DESC ROWS UNBOUNDED PRECEDING) AS so_far
    FROM (
        SELECT daily.*, many * 2::float8 ^ ((settled_on - $2::date) / {float(RECEIPT_HALF_LIFE_DAYS)}::float8)
            AS full_ones
        FROM ({_DAILY}) daily
    ) weighed
) summed WHERE so_far - full_ones <= {VENDOR_CAP + MARGIN}
""",  # noqa: S608 - numbers of our own
)
# Who answers for an agent answers for how its others behaved: for a year a new one carries half of that, whichever
# of them is older. The day an agent came to its organization is the one that counts.
_CASES = Statement(
    "score_cases",
    f"""
SELECT agent_id, id, severity, quality, (decided_at AT TIME ZONE 'UTC')::date, 1.0::float8 FROM scoring_caseevidence
WHERE agent_id = ANY($1) AND withdrawn_at IS NULL
UNION ALL
SELECT young.id, e.id, e.severity, e.quality, (e.decided_at AT TIME ZONE 'UTC')::date, {INHERITED_FACTOR}::float8
FROM agents_agent young
JOIN agents_agent other ON other.organization_id = young.organization_id AND other.id <> young.id
JOIN scoring_caseevidence e ON e.agent_id = other.id AND e.withdrawn_at IS NULL
WHERE young.id = ANY($1) AND coalesce(young.claimed_at, young.created_at) > $2
""",  # noqa: S608 - a number of our own
)


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


def read_vendors() -> dict[str, VendorFacts]:
    """The facts of every vendor there is."""
    (rows,) = ask((_EVERY_VENDOR, []))
    return _facts(rows)


def read_evidence(agents: Sequence[str], *, on: date, with_capped: bool = False) -> dict[str, Evidence]:
    """The evidence that these agents have on the UTC day ``on``. ``with_capped`` reads receipts that cannot count
    too."""
    answers = ask(*evidence_questions(agents, on=on, with_capped=with_capped))
    return evidence_in(answers, agents)


def evidence_questions(
    agents: Sequence[str], *, on: date, with_capped: bool = False, with_vendors: bool = True
) -> list[Question]:
    """What ``evidence_in`` wants answered; without vendors where the facts of all are known."""
    ids, day = quoted(agents).encode(), on.isoformat().encode()
    first_young = datetime(on.year, on.month, on.day, tzinfo=UTC) - timedelta(days=INHERITED_FOR_DAYS)
    questions: list[Question] = [
        (_ALL_RECEIPTS if with_capped else _RECEIPTS, [ids, day]),
        (_CASES, [ids, first_young.isoformat().encode()]),
    ]
    return [*questions, (_THEIR_VENDORS, [ids])] if with_vendors else questions


def evidence_in(
    answers: Sequence[list[Row]], agents: Sequence[str], *, known: Mapping[str, VendorFacts] | None = None
) -> dict[str, Evidence]:
    """The evidence of each of ``agents``; ``known`` are the vendors' facts where they were not asked for."""
    evidence = {agent: Evidence() for agent in agents}
    receipts, cases, *vendors = answers
    if known is None:
        known = _facts(vendors[0])
    received: dict[str, list[tuple[str, date, int]]] = defaultdict(list)
    for agent, vendor, settled_on, count in receipts:
        received[agent.decode()].append((vendor.decode(), _day(settled_on), int(count)))
    for agent, rows in received.items():
        evidence[agent].receipts = _receipts(rows, known)
    for agent, item, severity, quality, decided_on, factor in cases:
        kind = SeverityKind(severity.decode())
        case = UpheldCase(item.decode(), kind, float(quality), _day(decided_on), float(factor))
        evidence[agent.decode()].cases.append(case)
    return evidence


def ask(*questions: Question, begins: bool = False) -> list[list[Row]]:
    """The rows of each, in one round trip; ``begins`` as ``run`` takes it."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return run(connection.connection, *questions, begins=begins)


def _facts(rows: list[Row]) -> dict[str, VendorFacts]:
    return {
        vendor.decode(): VendorFacts(
            vendor_quality(int(level), is_under_review=is_under_review == b"t"), frozenset(orjson.loads(ties))
        )
        for vendor, level, is_under_review, ties in rows
    }


@lru_cache(maxsize=4_096)
def _day(text: bytes) -> date:
    return date.fromisoformat(text.decode())


def _receipts(rows: list[tuple[str, date, int]], known: Mapping[str, VendorFacts]) -> list[Receipt]:
    facts = {vendor: known[vendor] for vendor, _, _ in rows if vendor in known and known[vendor].quality > 0}
    clusters = clusters_of({vendor: fact.ties for vendor, fact in facts.items()})
    return [
        Receipt(vendor, clusters[vendor], facts[vendor].quality, settled_on, count)
        for vendor, settled_on, count in rows
        if vendor in facts
    ]
