"""Alerts about spending, from the journal's events and the ledger: first use of a vendor, caps, refusals in a row."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from identity.agents.models import Agent
from identity.delegation.constraints import PerPeriod, Rolling, parse_constraints
from identity.delegation.decline_codes import DECLINE_CODES
from identity.delegation.models import Delegation
from identity.journal.models import Event
from identity.journal.spending_kinds import SpendApproved, SpendDeclined, SpendIncremented
from identity.primitives.money import Money
from identity.spending.models import Authorization, Decision, Verdict
from identity.spending.usage import Usage, usages_of
from registry.notices.alert_rules import (
    DECLINES_MIN,
    DECLINES_WITHIN,
    Alert,
    cap_key,
    declines_key,
    firsts,
    is_burst,
    is_near,
    percent_used,
)
from registry.notices.kinds import NoticeKind

# Under the same root nearly every purchase is at a vendor that is known: the index by root and vendor says so.
_NEW_TO_ROOT = """
SELECT asked.id FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS asked(id, root, agent, vendor)
WHERE NOT EXISTS (
    SELECT 1 FROM spending_authorization a
    WHERE a.root = asked.root AND a.vendor = asked.vendor AND a.agent = asked.agent AND a.id < asked.id
)
"""
# Whether five refusals lie within ten minutes is asked of every one of them: so many before the first, and all since.
_REFUSED = """
SELECT asked.leaf, refused.at
FROM unnest(%(leaves)s::text[], %(begins)s::timestamptz[], %(ends)s::timestamptz[]) AS asked(leaf, begins, ends)
CROSS JOIN LATERAL (
    (SELECT d.at FROM spending_decision d WHERE d.leaf = asked.leaf AND d.verdict = 'declined'
        AND d.at > asked.begins - %(within)s AND d.at <= asked.begins ORDER BY d.at DESC LIMIT %(most)s)
    UNION ALL
    SELECT d.at FROM spending_decision d WHERE d.leaf = asked.leaf AND d.verdict = 'declined'
        AND d.at > asked.begins AND d.at <= asked.ends
) AS refused
ORDER BY asked.leaf, refused.at
"""


def spending_alerts(events: Sequence[Event], *, at: datetime) -> list[Alert]:
    spent = [event.subject for event in events if event.kind in (SpendApproved.kind, SpendIncremented.kind)]
    purchases = Authorization.objects.in_bulk(spent)
    bought = [purchases[event.subject] for event in events if event.kind == SpendApproved.kind]
    roots = {purchase.root for purchase in purchases.values()}
    declined = [event.subject for event in events if event.kind == SpendDeclined.kind]
    return [*_first_uses(bought), *_caps_near(roots, at=at), *_bursts(declined)]


def _first_uses(bought: Iterable[Authorization]) -> list[Alert]:
    """The first purchase of an agent, for this principal, at a vendor; under whichever of the principal's roots."""
    by_id = {purchase.pk: purchase for purchase in bought}
    earliest = firsts((one.pk, one.principal, one.agent, one.vendor) for one in by_id.values())
    new = [by_id[pk] for pk in _new_to_root([by_id[pk] for pk in earliest.values()])]
    new = [one for one in new if not _bought_before(one)]
    names = _names(party for one in new for party in (one.agent, one.vendor))
    return [
        Alert(
            NoticeKind.NEW_VENDOR,
            key=f"new_vendor:{one.principal}:{one.agent}:{one.vendor}",
            roots=(one.root,),
            said={
                "agent": names.get(one.agent, one.agent),
                "vendor": names.get(one.vendor, one.vendor),
                "amount": Money(one.amount, one.currency),
            },
            purchase=one.pk,
        )
        for one in new
    ]


def _new_to_root(bought: Sequence[Authorization]) -> list[str]:
    if not bought:
        return []
    columns = [[getattr(one, name) for one in bought] for name in ("pk", "root", "agent", "vendor")]
    with connection.cursor() as cursor:
        cursor.execute(_NEW_TO_ROOT, columns)
        return [row[0] for row in cursor.fetchall()]


def _bought_before(one: Authorization) -> bool:
    """Under another root of the same principal: a delegation that replaces another begins no new acquaintance."""
    roots = Delegation.objects.filter(principal_id=one.principal, depth=0).values("pk")
    earlier = Authorization.objects.filter(vendor=one.vendor, agent=one.agent, pk__lt=one.pk)
    return earlier.filter(root__in=roots).exists()


def _caps_near(roots: Iterable[str], *, at: datetime) -> list[Alert]:
    """The principal's own limits, as they stand now; those that agents set each other are the agents' affair."""
    links = list(Delegation.objects.select_related("agent").filter(pk__in=roots))
    usages = usages_of(links, at)
    return [_cap(link, usage, at) for link in links for usage in usages[link.pk] if is_near(usage)]


def _cap(link: Delegation, usage: Usage, at: datetime) -> Alert:
    rule = next(each for each in parse_constraints(link.constraints) if each.id == usage.constraint)
    seconds = rule.window_seconds if isinstance(rule, Rolling) else 0

    def shown(figure: int) -> Money | int:
        return Money(figure, usage.currency) if usage.currency else figure

    said = {
        "agent": link.agent.display_name,
        "percent": percent_used(usage),
        "used": shown(usage.used),
        "cap": shown(usage.cap),
        "left": shown(usage.remaining),
        "window": rule.period if isinstance(rule, PerPeriod) else usage.kind,
        "seconds": seconds,
        "resets_at": usage.resets_at,
    }
    return Alert(NoticeKind.CAP_NEAR, cap_key(link.pk, usage, seconds=seconds, at=at), (link.pk,), said)


def _bursts(decisions: Sequence[str]) -> list[Alert]:
    """One alert a link and hour: the first of these refusals that has enough others before it."""
    rows = list(
        Decision.objects.filter(pk__in=decisions, verdict=Verdict.DECLINED)
        .order_by("at", "pk")
        .values_list("pk", "leaf", "at")
    )
    refused = _refusals_around([(leaf, at) for _, leaf, at in rows])
    first: dict[str, str] = {}
    for pk, leaf, at in rows:
        key = declines_key(leaf, at=at)
        if key not in first and is_burst(_up_to(refused[leaf], at), at=at):
            first[key] = pk
    found = Decision.objects.defer("kept_receipt").in_bulk(first.values())
    names = _names(party for row in found.values() for party in (row.agent, row.vendor))
    return [_burst(key, found[pk], names) for key, pk in first.items()]


def _refusals_around(refused: Iterable[tuple[str, datetime]]) -> dict[str, list[datetime]]:
    """By link, when it was refused, in order: from as many refusals before the first of these as a burst needs, to the
    last of these."""
    spans: dict[str, tuple[datetime, datetime]] = {}
    for leaf, at in refused:
        begins, ends = spans.get(leaf, (at, at))
        spans[leaf] = (min(begins, at), max(ends, at))
    found: dict[str, list[datetime]] = {leaf: [] for leaf in spans}
    if not spans:
        return found
    asked: dict[str, Any] = {
        "leaves": list(spans),
        "begins": [begins for begins, _ in spans.values()],
        "ends": [ends for _, ends in spans.values()],
        "within": DECLINES_WITHIN,
        "most": DECLINES_MIN,
    }
    with connection.cursor() as cursor:
        cursor.execute(_REFUSED, asked)
        for leaf, at in cursor.fetchall():
            found[leaf].append(at)
    return found


def _up_to(refused: Sequence[datetime], at: datetime) -> Sequence[datetime]:
    end = bisect_right(refused, at)
    return refused[max(0, end - DECLINES_MIN) : end]


def _burst(key: str, row: Decision, names: Mapping[str, str]) -> Alert:
    reasons = row.parsed_record()["reasons"]
    code = DECLINE_CODES.get(reasons[0]["code"]) if reasons else None
    said = {
        "agent": names.get(row.agent, row.agent),
        "vendor": names.get(row.vendor, row.vendor),
        "count": DECLINES_MIN,
        "minutes": DECLINES_WITHIN.seconds // 60,
        "sentence": code.sentence if code else "",
    }
    return Alert(NoticeKind.DECLINES, key, (row.root,), said)


def _names(parties: Iterable[str]) -> Mapping[str, str]:
    return dict(Agent.objects.filter(pk__in=set(parties)).values_list("pk", "display_name"))
