"""What moderation keeps: reports with their attachments, the cases they are judged in, and what was decided."""

from __future__ import annotations

from reputation.moderation.models.case import Case, CaseNote, CaseOutcome, CaseState, Detection
from reputation.moderation.models.report import (
    NON_PAYMENT_ABUSE,
    PURCHASE_KINDS,
    VISITOR_KINDS,
    Attachment,
    AttachmentType,
    Capacity,
    Finding,
    Report,
    ReportKind,
)

__all__ = [
    "NON_PAYMENT_ABUSE",
    "PURCHASE_KINDS",
    "VISITOR_KINDS",
    "Attachment",
    "AttachmentType",
    "Capacity",
    "Case",
    "CaseNote",
    "CaseOutcome",
    "CaseState",
    "Detection",
    "Finding",
    "Report",
    "ReportKind",
]
