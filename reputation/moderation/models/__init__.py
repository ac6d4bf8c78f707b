"""What moderation keeps: reports with their attachments, the cases they are judged in, and what was decided."""

from __future__ import annotations

from reputation.moderation.models.appeal import (
    Appeal,
    AppealOutcome,
    AppealState,
    AppellantKind,
    Notice,
    NoticeKind,
)
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
from reputation.moderation.models.sanction import (
    OPEN_STATES,
    WAS_IN_FORCE,
    AgentBefore,
    Association,
    AssociationDecision,
    Sanction,
    SanctionState,
    Signature,
)

__all__ = [
    "NON_PAYMENT_ABUSE",
    "OPEN_STATES",
    "PURCHASE_KINDS",
    "VISITOR_KINDS",
    "WAS_IN_FORCE",
    "AgentBefore",
    "Appeal",
    "AppealOutcome",
    "AppealState",
    "AppellantKind",
    "Association",
    "AssociationDecision",
    "Attachment",
    "AttachmentType",
    "Capacity",
    "Case",
    "CaseNote",
    "CaseOutcome",
    "CaseState",
    "Detection",
    "Finding",
    "Notice",
    "NoticeKind",
    "Report",
    "ReportKind",
    "Sanction",
    "SanctionState",
    "Signature",
]
