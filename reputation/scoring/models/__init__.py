"""What scores are made of and what they came to, one file a group."""

from __future__ import annotations

from reputation.scoring.models.contest import Contest, ContestState
from reputation.scoring.models.evidence import (
    CaseEvidence,
    OpenDispute,
    PendingReceipt,
    ReceiptEvidence,
    VendorReview,
    Withdrawal,
)
from reputation.scoring.models.score import AgentScore, StaleScore

__all__ = [
    "AgentScore",
    "CaseEvidence",
    "Contest",
    "ContestState",
    "OpenDispute",
    "PendingReceipt",
    "ReceiptEvidence",
    "StaleScore",
    "VendorReview",
    "Withdrawal",
]
