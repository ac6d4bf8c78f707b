"""Events of vendors, authorizations and approvals; the other kinds are in ``kinds``, and the same rules hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from identity.journal.kinds import Payload


@dataclass(frozen=True, slots=True)
class VendorRegistered(Payload):
    kind: ClassVar[str] = "vendor.registered"
    mcc: str
    country: str
    domains: list[str]
    assurance_level: int


@dataclass(frozen=True, slots=True)
class VendorChanged(Payload):
    kind: ClassVar[str] = "vendor.changed"
    fields: list[str]
    assurance_level: int


@dataclass(frozen=True, slots=True)
class SpendApproved(Payload):
    kind: ClassVar[str] = "authorization.approved"
    decision: str
    delegation: str
    vendor: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class SpendDeclined(Payload):
    """Carries the public code only: webhooks of vendors are readers of the journal too."""

    kind: ClassVar[str] = "authorization.declined"
    delegation: str
    vendor: str
    code: str


@dataclass(frozen=True, slots=True)
class StepUpRequired(Payload):
    kind: ClassVar[str] = "authorization.step_up_required"
    delegation: str
    vendor: str
    approval: str


@dataclass(frozen=True, slots=True)
class SpendIncremented(Payload):
    kind: ClassVar[str] = "authorization.incremented"
    decision: str
    amount: int


@dataclass(frozen=True, slots=True)
class SpendCaptured(Payload):
    kind: ClassVar[str] = "authorization.captured"
    amount: int
    is_final: bool


@dataclass(frozen=True, slots=True)
class SpendVoided(Payload):
    kind: ClassVar[str] = "authorization.voided"
    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class SpendExpired(Payload):
    kind: ClassVar[str] = "authorization.expired"
    amount: int


@dataclass(frozen=True, slots=True)
class SpendRefunded(Payload):
    kind: ClassVar[str] = "authorization.refunded"
    amount: int


@dataclass(frozen=True, slots=True)
class SpendForcePosted(Payload):
    kind: ClassVar[str] = "authorization.force_posted"
    incident: str
    amount: int


@dataclass(frozen=True, slots=True)
class AllocationReserved(Payload):
    kind: ClassVar[str] = "allocation.reserved"
    delegation: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class UsageCarried(Payload):
    kind: ClassVar[str] = "usage.carried"
    replaced: str


@dataclass(frozen=True, slots=True)
class ApprovalRequested(Payload):
    kind: ClassVar[str] = "approval.requested"
    delegation: str
    vendor: str


@dataclass(frozen=True, slots=True)
class ApprovalAnswered(Payload):
    """``state`` is approved, denied, cancelled or expired."""

    kind: ClassVar[str] = "approval.answered"
    state: str


@dataclass(frozen=True, slots=True)
class LedgerMismatchFound(Payload):
    kind: ClassVar[str] = "ledger.mismatch_found"
    findings: int


@dataclass(frozen=True, slots=True)
class AgentThrottled(Payload):
    """From this commit on the agent spends a quarter at once, and its human is asked every time."""

    kind: ClassVar[str] = "agent.throttled"


@dataclass(frozen=True, slots=True)
class AgentUnthrottled(Payload):
    kind: ClassVar[str] = "agent.unthrottled"


@dataclass(frozen=True, slots=True)
class InsuranceSet(Payload):
    """``amount`` is euros in minor units, 0 when the cover ended; ``by`` the insurer's DID."""

    kind: ClassVar[str] = "agent.insurance_set"
    amount: int
    by: str
    certificate: str


@dataclass(frozen=True, slots=True)
class BondSet(Payload):
    kind: ClassVar[str] = "agent.bond_set"
    amount: int
    by: str
    certificate: str
