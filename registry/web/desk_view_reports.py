"""Reports as the desk shows them: what is said, by whom and with what weight, and what it is known of the purchase."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from identity.accounts.amounts import amount_in_digits
from identity.agents.models import Agent
from identity.primitives.money import Money
from identity.spending.models import Authorization
from reputation.moderation.models import Attachment, Capacity, Report


@dataclass(frozen=True, slots=True)
class Purchase:
    """The authorization a report is about, from the ledger: what was held, for whom, and what became of it."""

    id: str
    amount: str
    captured: str
    vendor: str
    made_at: datetime
    state: Any


@dataclass(frozen=True, slots=True)
class ReportRow:
    report: Report
    reporter: str
    repeats: int
    purchase: Purchase | None
    attachments: list[Attachment]
    marks: list[str]
    """What makes it weigh less, or nothing, in words."""

    @property
    def state(self) -> str:
        """The name of the badge in ``registry.web.states``."""
        return f"report.{self.report.state}"

    @property
    def weight(self) -> str:
        return f"{self.report.quality_percent} %"


def report_rows(reports: Sequence[Report]) -> list[ReportRow]:
    """Everything is looked up once for all of them."""
    ids = [report.pk for report in reports]
    repeats = dict(Report.objects.filter(joined_to__in=ids).values_list("joined_to").annotate(n=Count("pk")))
    purchases = _purchases({report.authorization for report in reports if report.authorization})
    attachments: dict[str, list[Attachment]] = {}
    for attachment in Attachment.objects.filter(report__in=ids).defer("content").order_by("id"):
        attachments.setdefault(attachment.report_id, []).append(attachment)
    return [
        ReportRow(
            report=report,
            reporter=_reporter(report),
            repeats=repeats.get(report.pk, 0),
            purchase=purchases.get(report.authorization),
            attachments=attachments.get(report.pk, []),
            marks=_marks(report),
        )
        for report in reports
    ]


def _reporter(report: Report) -> str:
    if report.organization is None:
        return report.contact or _("a visitor without an address")
    return report.organization.name


def _marks(report: Report) -> list[str]:
    marks = []
    if report.capacity == Capacity.VISITOR:
        marks.append(_("from a visitor: a hint, without weight"))
    elif report.quality_percent == 0:
        marks.append(_("its reporter has no weight"))
    if report.is_competitor:
        marks.append(_("a competitor: sells the same in the same country"))
    if report.is_own:
        marks.append(_("of the subject's own circle"))
    if report.is_left_out:
        marks.append(_("left out"))
    if report.joined_to_id:
        marks.append(_("repeats %s") % report.joined_to_id)
    return marks


def _purchases(ids: Iterable[str]) -> dict[str, Purchase]:
    found = list(Authorization.objects.filter(pk__in=set(ids)))
    vendors = dict(Agent.objects.filter(pk__in={one.vendor for one in found}).values_list("pk", "display_name"))
    return {one.pk: _purchase(one, vendors.get(one.vendor, one.vendor)) for one in found}


def _purchase(authorization: Authorization, vendor: str) -> Purchase:
    def words(amount: int) -> str:
        return amount_in_digits(Money(amount, authorization.currency))

    return Purchase(
        id=authorization.pk,
        amount=words(authorization.amount),
        captured=words(authorization.captured),
        vendor=vendor,
        made_at=authorization.created_at,
        state=authorization.get_close_reason_display() or authorization.get_state_display(),
    )
