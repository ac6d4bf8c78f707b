"""Why a score is what it is, for those whom it concerns: every item in words, with what it weighs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.delegation.models import Delegation
from registry.web.reputation_view import ReputationView
from reputation.moderation.models import Report
from reputation.scoring.explain import CaseItem, Explanation, Note, ReceiptItem, Viewer, explain
from reputation.scoring.formula import SeverityKind
from reputation.scoring.models import Contest

_SEVERITY_WORDS: dict[SeverityKind, Any] = {
    SeverityKind.SERVICE_FAILURE: _("Service failure"),
    SeverityKind.REFUND_FOR_CAUSE: _("Refund for a reason"),
    SeverityKind.DISPUTE: _("Dispute, upheld"),
    SeverityKind.MANDATE_VIOLATION: _("Attempt to go beyond its mandate"),
    SeverityKind.FRAUD: _("Fraud, confirmed"),
}
_NOTE_WORDS: dict[Note, Any] = {
    Note.CAPPED: _("One vendor, or one owner, brings no more"),
    Note.OWN_SHOP: _("Your own shop counts nothing"),
    Note.UNVERIFIED_VENDOR: _("Nobody has verified this vendor"),
    Note.INHERITED: _("Half of what another agent of the organization did"),
}


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    item: ReceiptItem
    vendor: str
    """Its display name; empty where it is not told."""

    @property
    def note(self) -> str:
        return str(_NOTE_WORDS[self.item.note]) if self.item.note else ""


@dataclass(frozen=True, slots=True)
class SellerLine:
    """All receipts of one vendor together, with why they count less than they weigh."""

    vendor: str
    count: int
    weight: float
    counted: float
    notes: list[str]


@dataclass(frozen=True, slots=True)
class CaseLine:
    item: CaseItem
    contest: Contest | None
    may_contest: bool

    @property
    def words(self) -> str:
        return str(_SEVERITY_WORDS[self.item.severity])

    @property
    def note(self) -> str:
        return str(_NOTE_WORDS[self.item.note]) if self.item.note else ""

    @property
    def contest_badge(self) -> str:
        return f"contest.{self.contest.state}" if self.contest else ""


@dataclass(frozen=True, slots=True)
class ExplainedView:
    reputation: ReputationView
    g: float
    b: float
    n: float
    vendors: int
    clusters: int
    on: date
    sellers: list[SellerLine]
    receipts: list[ReceiptLine]
    cases: list[CaseLine]
    open_reports: int
    items_left_out: int


def viewer_of(agent: Agent, organization: Organization) -> Viewer | None:
    """As what the organization may ask about the agent: it runs it, or has lent it authority; None for a stranger."""
    if agent.organization_id == organization.pk:
        return Viewer.ORGANIZATION
    if Delegation.objects.filter(agent=agent, principal=organization).exists():
        return Viewer.PRINCIPAL
    return None


def explained(
    agent: Agent, *, organization: Organization, viewer: Viewer, may_contest: bool, at: datetime
) -> ExplainedView:
    """``may_contest``: whether the person at the screen may question an item for the organization."""
    found = explain(agent, viewer=viewer, principal=organization.pk, at=at)
    names = _names_of(item.vendor for item in found.receipts)
    receipts = [ReceiptLine(item, names.get(item.vendor or "", "")) for item in found.receipts]
    contests = {each.item: each for each in Contest.objects.filter(item__in=[case.id for case in found.cases])}
    return ExplainedView(
        reputation=_reputation(found),
        g=found.score.g,
        b=found.score.b,
        n=found.score.n,
        vendors=found.score.vendors,
        clusters=found.score.clusters,
        on=found.on,
        sellers=_by_seller(receipts),
        receipts=receipts,
        cases=[
            CaseLine(item, contests.get(item.id), may_contest and item.contest is None and item.agent == agent.pk)
            for item in found.cases
        ],
        open_reports=Report.objects.undecided().filter(about=agent).count(),
        items_left_out=found.items_left_out,
    )


def _by_seller(receipts: list[ReceiptLine]) -> list[SellerLine]:
    """What each vendor brings, the most first."""
    lines: dict[str | None, list[ReceiptLine]] = {}
    for line in receipts:
        lines.setdefault(line.item.vendor, []).append(line)
    sellers = [
        SellerLine(
            vendor=own[0].vendor,
            count=sum(line.item.count for line in own),
            weight=sum(line.item.weight for line in own),
            counted=sum(line.item.counted for line in own),
            notes=list(dict.fromkeys(line.note for line in own if line.note)),
        )
        for own in lines.values()
    ]
    return sorted(sellers, key=lambda seller: (-seller.counted, -seller.count, seller.vendor))


def _reputation(found: Explanation) -> ReputationView:
    score = found.score
    return ReputationView(score.band.value, score.score, score.sample_size, score.formula)


def _names_of(vendors: Iterable[str | None]) -> dict[str, str]:
    wanted = {vendor for vendor in vendors if vendor}
    return dict(Agent.objects.filter(pk__in=wanted).values_list("pk", "display_name"))
