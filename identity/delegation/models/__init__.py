"""Links of authority, drafts that wait for a signature, principals who paused everything, and who may lend."""

from __future__ import annotations

from identity.delegation.models.approvers import Absence, ApproverGroup, GroupSeat
from identity.delegation.models.delegation import (
    Allocation,
    Delegation,
    DelegationStatus,
    OnRevocation,
    SetBy,
)
from identity.delegation.models.draft import DelegationDraft
from identity.delegation.models.freeze import PrincipalFreeze
from identity.delegation.models.lending import LendingCeiling, LendingRule, LendingWindow, LimitTemplate
from identity.delegation.models.pending_raise import PendingRaise, RaiseState

__all__ = [
    "Absence",
    "Allocation",
    "ApproverGroup",
    "Delegation",
    "DelegationDraft",
    "DelegationStatus",
    "GroupSeat",
    "LendingCeiling",
    "LendingRule",
    "LendingWindow",
    "LimitTemplate",
    "OnRevocation",
    "PendingRaise",
    "PrincipalFreeze",
    "RaiseState",
    "SetBy",
]
