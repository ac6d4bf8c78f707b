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
