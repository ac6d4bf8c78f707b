"""Receipts that somebody disputes wait: a purchase is evidence after fourteen days without a dispute."""

from __future__ import annotations

from datetime import datetime

from reputation.scoring.models import OpenDispute


def open_dispute(*, authorization: str, report: str, at: datetime) -> None:
    """A report names this purchase: its receipt waits until the report is decided. For the transaction of the report,
    whose event says so; opening again changes nothing."""
    OpenDispute.objects.get_or_create(report=report, defaults={"authorization": authorization, "opened_at": at})


def close_dispute(*, report: str) -> None:
    """The report was decided: dismissed, its receipt settles as if nothing had been; upheld, its case evidence keeps
    the receipt out for as long as it counts. For the transaction of the decision."""
    OpenDispute.objects.filter(report=report).delete()
