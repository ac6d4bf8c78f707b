"""Links of authority, drafts that wait for a signature, and principals who paused everything."""

from __future__ import annotations

from identity.delegation.models.delegation import (
    Allocation,
    Delegation,
    DelegationStatus,
    OnRevocation,
    SetBy,
)
from identity.delegation.models.draft import DelegationDraft
from identity.delegation.models.freeze import PrincipalFreeze

__all__ = [
    "Allocation",
    "Delegation",
    "DelegationDraft",
    "DelegationStatus",
    "OnRevocation",
    "PrincipalFreeze",
    "SetBy",
]
