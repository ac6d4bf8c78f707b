"""Events of moderation, scoring and push; the rules of ``kinds`` hold: ids and facts, never a name or an address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from identity.journal.kinds import Payload

# --- standing: what the registry did to an agent or an organization ---


@dataclass(frozen=True, slots=True)
class AgentHeld(Payload):
    """The registry holds the agent's entry: it cannot leave, change hands or change its keys."""

    kind: ClassVar[str] = "agent.held"


@dataclass(frozen=True, slots=True)
class AgentHoldReleased(Payload):
    kind: ClassVar[str] = "agent.hold_released"


@dataclass(frozen=True, slots=True)
class AgentRevoked(Payload):
    kind: ClassVar[str] = "agent.revoked"
    reason: str


@dataclass(frozen=True, slots=True)
class AgentRestored(Payload):
    """A measure ended and the agent stands as it did before it; ``status`` is that standing."""

    kind: ClassVar[str] = "agent.restored"
    status: str


@dataclass(frozen=True, slots=True)
class AssuranceSet(Payload):
    kind: ClassVar[str] = "organization.assurance_set"
    level: int
    before: int
    reason: str


@dataclass(frozen=True, slots=True)
class OrganizationDeplatformed(Payload):
    """``from_instant`` is when its agents stop speaking for it: later than the event during a wind-down."""

    kind: ClassVar[str] = "organization.deplatformed"
    sanction: str
    agents: int
    from_instant: str


@dataclass(frozen=True, slots=True)
class OrganizationReadmitted(Payload):
    kind: ClassVar[str] = "organization.readmitted"
    sanction: str


@dataclass(frozen=True, slots=True)
class OperatorAdded(Payload):
    kind: ClassVar[str] = "operator.added"
    desk_role: str


@dataclass(frozen=True, slots=True)
class OperatorRemoved(Payload):
    kind: ClassVar[str] = "operator.removed"


# --- sanctions: ``subject`` of the event is the sanction, ``about`` the id of the agent or organization it hits ---


@dataclass(frozen=True, slots=True)
class SanctionProposed(Payload):
    kind: ClassVar[str] = "sanction.proposed"
    about: str
    level: int
    case: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class SanctionSigned(Payload):
    kind: ClassVar[str] = "sanction.signed"
    about: str
    level: int
    case: str | None
    role: str


@dataclass(frozen=True, slots=True)
class SanctionImposed(Payload):
    """From this commit on the measure has its effect. ``confirm_by`` is set for an emergency, else empty."""

    kind: ClassVar[str] = "sanction.imposed"
    about: str
    level: int
    case: str | None
    reason: str
    is_emergency: bool
    confirm_by: str
    ends_at: str


@dataclass(frozen=True, slots=True)
class SanctionConfirmed(Payload):
    kind: ClassVar[str] = "sanction.confirmed"
    about: str
    level: int
    case: str | None


@dataclass(frozen=True, slots=True)
class SanctionRenewed(Payload):
    kind: ClassVar[str] = "sanction.renewed"
    about: str
    level: int
    case: str | None
    ends_at: str


@dataclass(frozen=True, slots=True)
class SanctionEnded(Payload):
    """``state`` is lapsed, expired, lifted, overturned, replaced or withdrawn; ``reason`` says why it was lifted."""

    kind: ClassVar[str] = "sanction.ended"
    about: str
    level: int
    case: str | None
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class HoldsVoided(Payload):
    """Open authorizations that ended with the authority of the sanctioned agents."""

    kind: ClassVar[str] = "sanction.holds_voided"
    about: str
    level: int
    case: str | None
    count: int


@dataclass(frozen=True, slots=True)
class AssociationListed(Payload):
    """Agents that share something with the sanctioned one wait for a decision of their own each."""

    kind: ClassVar[str] = "sanction.associated_listed"
    about: str
    level: int
    case: str | None
    count: int


@dataclass(frozen=True, slots=True)
class AssociationDecided(Payload):
    kind: ClassVar[str] = "sanction.associated_decided"
    about: str
    level: int
    case: str | None
    agent: str
    decision: str


# --- appeals: ``subject`` of the event is the appeal ---


@dataclass(frozen=True, slots=True)
class AppealOpened(Payload):
    kind: ClassVar[str] = "appeal.opened"
    sanction: str
    appellant: str
    due_at: str


@dataclass(frozen=True, slots=True)
class AppealAssigned(Payload):
    kind: ClassVar[str] = "appeal.assigned"
    sanction: str
    operator: str


@dataclass(frozen=True, slots=True)
class AppealDecided(Payload):
    kind: ClassVar[str] = "appeal.decided"
    sanction: str
    outcome: str
    level: int


@dataclass(frozen=True, slots=True)
class AppealWithdrawn(Payload):
    kind: ClassVar[str] = "appeal.withdrawn"
    sanction: str


# --- scores: ``subject`` of the event is the agent ---


@dataclass(frozen=True, slots=True)
class CaseEvidenceAdded(Payload):
    kind: ClassVar[str] = "evidence.case_added"
    item: str
    case: str
    severity: str


@dataclass(frozen=True, slots=True)
class CaseEvidenceWithdrawn(Payload):
    kind: ClassVar[str] = "evidence.case_withdrawn"
    items: list[str]
    because: str


@dataclass(frozen=True, slots=True)
class CaseEvidenceRestored(Payload):
    kind: ClassVar[str] = "evidence.case_restored"
    items: list[str]


@dataclass(frozen=True, slots=True)
class EvidenceContested(Payload):
    kind: ClassVar[str] = "evidence.contested"
    contest: str
    item: str


@dataclass(frozen=True, slots=True)
class ContestAnswered(Payload):
    """``state`` is accepted or rejected."""

    kind: ClassVar[str] = "evidence.contest_answered"
    contest: str
    item: str
    state: str


@dataclass(frozen=True, slots=True)
class VendorReviewChanged(Payload):
    kind: ClassVar[str] = "vendor.review_changed"
    is_under_review: bool


@dataclass(frozen=True, slots=True)
class BandChanged(Payload):
    kind: ClassVar[str] = "score.band_changed"
    before: str
    after: str


# --- reports: ``subject`` of the event is the report, ``about`` the agent, ``organization`` the reporter's ---


@dataclass(frozen=True, slots=True)
class ReportFiled(Payload):
    """``repeats`` names the report that this one joins, else it is empty."""

    kind: ClassVar[str] = "report.filed"
    about: str
    report_kind: str
    authorization: str
    capacity: str
    repeats: str


@dataclass(frozen=True, slots=True)
class EvidenceAttached(Payload):
    kind: ClassVar[str] = "report.evidence_attached"
    attachment: str
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class EvidenceRead(Payload):
    """An operator downloaded what somebody attached."""

    kind: ClassVar[str] = "report.evidence_read"
    attachment: str
    case: str | None


@dataclass(frozen=True, slots=True)
class ReportDecided(Payload):
    """``finding`` is upheld, dismissed or unfounded; ``severity`` is empty unless it was upheld."""

    kind: ClassVar[str] = "report.decided"
    about: str
    case: str | None
    finding: str
    severity: str


@dataclass(frozen=True, slots=True)
class ReportReopened(Payload):
    kind: ClassVar[str] = "report.reopened"
    about: str
    case: str | None
    finding: str


# --- cases: ``subject`` of the event is the case, ``about`` the agent or organization it concerns ---


@dataclass(frozen=True, slots=True)
class CaseOpened(Payload):
    """Its organization is told that a complaint was opened: step 0 of the ladder."""

    kind: ClassVar[str] = "case.opened"
    about: str
    detection: str
    level_proposed: int


@dataclass(frozen=True, slots=True)
class CaseReportAdded(Payload):
    kind: ClassVar[str] = "case.report_added"
    about: str
    report: str


@dataclass(frozen=True, slots=True)
class CaseReportLeftOut(Payload):
    kind: ClassVar[str] = "case.report_left_out"
    about: str
    report: str
    reason: str


@dataclass(frozen=True, slots=True)
class CaseLevelProposed(Payload):
    """A count of reports or disputes asks for a step of the ladder; an operator decides."""

    kind: ClassVar[str] = "case.level_proposed"
    about: str
    level: int
    reason: str


@dataclass(frozen=True, slots=True)
class CaseAssigned(Payload):
    """``operator`` is empty when the case was put back."""

    kind: ClassVar[str] = "case.assigned"
    about: str
    operator: str


@dataclass(frozen=True, slots=True)
class CaseNoted(Payload):
    kind: ClassVar[str] = "case.noted"
    about: str
    note: str


@dataclass(frozen=True, slots=True)
class CaseClosed(Payload):
    kind: ClassVar[str] = "case.closed"
    about: str
    outcome: str
