"""Alerts about spending, from the journal's events and the ledger: first use of a vendor, caps, refusals in a row."""

from __future__ import annotations

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
    found: dict[str, Alert] = {}
    rows = Decision.objects.filter(pk__in=decisions, verdict=Verdict.DECLINED).order_by("at", "pk")
    for row in rows.defer("receipt"):
        key = declines_key(row.leaf, at=row.at)
        refused = [] if key in found else _refused_before(row)
        if is_burst(refused, at=row.at):
            found[key] = Alert(NoticeKind.DECLINES, key, (row.root,), _burst_said(row, len(refused)))
    return list(found.values())


def _refused_before(row: Decision) -> list[datetime]:
    """The refusals of the same link that count beside this one; more than a burst needs are not asked for."""
    nearby = Decision.objects.filter(
        leaf=row.leaf, verdict=Verdict.DECLINED, at__gt=row.at - DECLINES_WITHIN, at__lte=row.at
    )
    return list(nearby.order_by("-at").values_list("at", flat=True)[:DECLINES_MIN])


def _burst_said(row: Decision, count: int) -> dict[str, Any]:
    names = _names((row.agent, row.vendor))
    reasons = row.parsed_record()["reasons"]
    code = DECLINE_CODES.get(reasons[0]["code"]) if reasons else None
    return {
        "agent": names.get(row.agent, row.agent),
        "vendor": names.get(row.vendor, row.vendor),
        "count": count,
        "minutes": DECLINES_WITHIN.seconds // 60,
        "sentence": code.sentence if code else "",
    }


def _names(parties: Iterable[str]) -> Mapping[str, str]:
    return dict(Agent.objects.filter(pk__in=set(parties)).values_list("pk", "display_name"))
