"""Why a score is what it is: every item with its weight, shown as far as whoever asks is concerned."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from django.db.models import Count

from identity.agents.models import Agent
from reputation.scoring.formula import (
    Contribution,
    CountedReceipt,
    Score,
    SeverityKind,
    UpheldCase,
    count_receipts,
    score_of,
    weigh_cases,
)
from reputation.scoring.limits import ITEMS_EXPLAINED_MAX
from reputation.scoring.models import CaseEvidence, Contest, ReceiptEvidence
from reputation.scoring.read import read_evidence, utc_day


class Viewer(StrEnum):
    """Who asks. The public gets a score without items, so it is not among them."""

    ORGANIZATION = "organization"  # it runs the agent
    PRINCIPAL = "principal"  # it has given the agent authority
    OPERATOR = "operator"


class Note(StrEnum):
    """Why an item weighs less than it could."""

    CAPPED = "capped"  # the vendor, or its owner, brings no more
    OWN_SHOP = "own_shop"
    UNVERIFIED_VENDOR = "unverified_vendor"
    INHERITED = "inherited"  # of another agent of the organization: half of it


@dataclass(frozen=True, slots=True)
class ReceiptItem:
    """``count`` receipts of one vendor that settled on one day: what they weigh and what of it counts in G.
    ``vendor`` is None for who may not know where others bought."""

    vendor: str | None
    settled_on: date
    count: int
    quality: float
    weight: float
    counted: float
    note: Note | None


@dataclass(frozen=True, slots=True)
class CaseItem:
    """One upheld case and what it takes. ``id`` is what is contested; ``report`` and ``vendor`` are the operators'
    to see: a reporter is named only when that is needed."""

    id: str
    case: str | None
    agent: str
    severity: SeverityKind
    quality: float
    decided_on: date
    weight: float
    note: Note | None
    contest: str | None
    report: str | None = None
    vendor: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The score of one UTC day with its items, the newest first. ``items_left_out`` says how many older receipts and
    cases are counted in the score and not listed."""

    score: Score
    on: date
    receipts: tuple[ReceiptItem, ...]
    cases: tuple[CaseItem, ...]
    items_left_out: int = 0


def explain(agent: Agent, *, viewer: Viewer, principal: str | None = None, at: datetime) -> Explanation:
    """The score of ``agent`` today, item by item, computed now from its evidence.

    ``principal`` is the organization that asks as one: it sees where it bought itself and of others' purchases the
    weights alone. Stops a principal from reading a competitor's suppliers out of a shared agent's score.
    """
    on = utc_day(at)
    evidence = read_evidence([agent.pk], on=on, with_capped=True)[agent.pk]
    counted = count_receipts(evidence.receipts, on=on)
    receipts = [_receipt_item(one) for one in counted] + _weightless(agent, counted, on)
    cases = _case_items(agent, evidence.cases, viewer, on=on)
    score = score_of(evidence.receipts, evidence.cases, on=on)
    if viewer is Viewer.PRINCIPAL:
        mine = set(_vendors_of(agent, principal))
        receipts = [item if item.vendor in mine else replace(item, vendor=None) for item in receipts]
        score = replace(score, largest=tuple(_unnamed(line, mine) for line in score.largest))
    receipts.sort(key=lambda item: (item.settled_on, item.vendor or ""), reverse=True)
    left_out = max(0, len(receipts) - ITEMS_EXPLAINED_MAX) + max(0, len(cases) - ITEMS_EXPLAINED_MAX)
    return Explanation(
        score=score,
        on=on,
        receipts=tuple(receipts[:ITEMS_EXPLAINED_MAX]),
        cases=tuple(cases[:ITEMS_EXPLAINED_MAX]),
        items_left_out=left_out,
    )


def _unnamed(line: Contribution, mine: Collection[str]) -> Contribution:
    """A line without the vendor's id, unless the principal bought there itself."""
    return line if line.kind != "receipts" or line.ref in mine else replace(line, ref="")


def _receipt_item(one: CountedReceipt) -> ReceiptItem:
    receipt = one.receipt
    return ReceiptItem(
        vendor=receipt.vendor,
        settled_on=receipt.settled_on,
        count=receipt.count,
        quality=receipt.quality,
        weight=one.weight,
        counted=one.counted,
        note=Note.CAPPED if one.counted < one.weight else None,
    )


def _weightless(agent: Agent, counted: Sequence[CountedReceipt], on: date) -> list[ReceiptItem]:
    """Receipts that the formula was never shown: of one's own shops, and of vendors nobody verified."""
    seen = {one.receipt.vendor for one in counted}
    rows = ReceiptEvidence.objects.filter(agent=agent.pk, settled_on__lte=on).values("vendor", "settled_on", "is_own")
    return [
        ReceiptItem(
            vendor=row["vendor"],
            settled_on=row["settled_on"],
            count=row["count"],
            quality=0.0,
            weight=0.0,
            counted=0.0,
            note=Note.OWN_SHOP if row["is_own"] else Note.UNVERIFIED_VENDOR,
        )
        for row in rows.annotate(count=Count("*"))
        if row["is_own"] or row["vendor"] not in seen
    ]


def _vendors_of(agent: Agent, principal: str | None) -> list[str]:
    rows = ReceiptEvidence.objects.filter(agent=agent.pk, principal=principal or "")
    return list(rows.values_list("vendor", flat=True).distinct())


def _case_items(agent: Agent, cases: Sequence[UpheldCase], viewer: Viewer, *, on: date) -> list[CaseItem]:
    weighed = {one.case.id: one for one in weigh_cases(cases, on=on)}
    rows = CaseEvidence.objects.filter(pk__in=weighed).order_by("-decided_at", "-pk")
    contests = dict(Contest.objects.filter(item__in=weighed).values_list("item", "state"))
    is_operator = viewer is Viewer.OPERATOR
    return [
        CaseItem(
            id=row.pk,
            case=row.case,
            agent=row.agent_id,
            severity=SeverityKind(row.severity),
            quality=row.quality,
            decided_on=utc_day(row.decided_at),
            weight=weighed[row.pk].weight,
            note=Note.INHERITED if row.agent_id != agent.pk else None,
            contest=contests.get(row.pk),
            report=row.report if is_operator else None,
            vendor=row.vendor if is_operator else None,
        )
        for row in rows
    ]
