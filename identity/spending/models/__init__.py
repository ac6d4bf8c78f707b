"""The ledger's tables, one file a group."""

from __future__ import annotations

from identity.spending.models.approval import Approval, ApprovalState, ApprovalVote, Elevation, IssuerAnswer, Vote
from identity.spending.models.authorization import Authorization, AuthorizationState, CloseReason, Incident
from identity.spending.models.budget import Budget, Posting, PostingKind
from identity.spending.models.decision import Decision, DecisionClass, IntentNonce, Verdict
from identity.spending.models.settlement import Settlement, SettlementKind
from identity.spending.models.statement_month import StatementChange, StatementMonth, StatementSum, SummedBy
from identity.spending.models.terms import AgentTerms, TermsBand

__all__ = [
    "AgentTerms",
    "Approval",
    "ApprovalState",
    "ApprovalVote",
    "Authorization",
    "AuthorizationState",
    "Budget",
    "CloseReason",
    "Decision",
    "DecisionClass",
    "Elevation",
    "Incident",
    "IntentNonce",
    "IssuerAnswer",
    "Posting",
    "PostingKind",
    "Settlement",
    "SettlementKind",
    "StatementChange",
    "StatementMonth",
    "StatementSum",
    "SummedBy",
    "TermsBand",
    "Verdict",
    "Vote",
]
