"""Every kind of event, a closed list: one frozen payload class each. Payloads carry ids and facts, no personal data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Payload:
    """Base of all payloads; ``kind`` is stored beside them and never reused for another meaning."""

    kind: ClassVar[str]


@dataclass(frozen=True, slots=True)
class OrganizationCreated(Payload):
    kind: ClassVar[str] = "organization.created"
    organization_kind: str


@dataclass(frozen=True, slots=True)
class OrganizationChanged(Payload):
    kind: ClassVar[str] = "organization.changed"
    fields: list[str]


@dataclass(frozen=True, slots=True)
class MemberAdded(Payload):
    kind: ClassVar[str] = "member.added"
    membership: str
    role: str


@dataclass(frozen=True, slots=True)
class MemberRoleChanged(Payload):
    kind: ClassVar[str] = "member.role_changed"
    membership: str
    role: str


@dataclass(frozen=True, slots=True)
class MemberRemoved(Payload):
    kind: ClassVar[str] = "member.removed"
    membership: str


@dataclass(frozen=True, slots=True)
class MemberInvited(Payload):
    kind: ClassVar[str] = "member.invited"
    invitation: str
    role: str


@dataclass(frozen=True, slots=True)
class InvitationRevoked(Payload):
    kind: ClassVar[str] = "member.invitation_revoked"
    invitation: str


@dataclass(frozen=True, slots=True)
class ServiceKeyCreated(Payload):
    kind: ClassVar[str] = "service_key.created"
    scopes: list[str]


@dataclass(frozen=True, slots=True)
class ServiceKeyRotated(Payload):
    kind: ClassVar[str] = "service_key.rotated"
    replaced_by: str


@dataclass(frozen=True, slots=True)
class ServiceKeyRevoked(Payload):
    kind: ClassVar[str] = "service_key.revoked"


@dataclass(frozen=True, slots=True)
class AgentRegistered(Payload):
    kind: ClassVar[str] = "agent.registered"
    did: str
    thumbprint: str


@dataclass(frozen=True, slots=True)
class AgentChanged(Payload):
    kind: ClassVar[str] = "agent.changed"
    fields: list[str]


@dataclass(frozen=True, slots=True)
class AgentImported(Payload):
    kind: ClassVar[str] = "agent.imported"
    directory: str
    count: int


@dataclass(frozen=True, slots=True)
class AgentClaimed(Payload):
    kind: ClassVar[str] = "agent.claimed"
    proof: str


@dataclass(frozen=True, slots=True)
class AgentSuspended(Payload):
    kind: ClassVar[str] = "agent.suspended"
    reason: str


@dataclass(frozen=True, slots=True)
class AgentReinstated(Payload):
    kind: ClassVar[str] = "agent.reinstated"


@dataclass(frozen=True, slots=True)
class AgentDeactivated(Payload):
    kind: ClassVar[str] = "agent.deactivated"
    reason: str


@dataclass(frozen=True, slots=True)
class KeyAdded(Payload):
    kind: ClassVar[str] = "key.added"
    method: str
    thumbprint: str


@dataclass(frozen=True, slots=True)
class KeyRotated(Payload):
    kind: ClassVar[str] = "key.rotated"
    retired: str
    method: str
    thumbprint: str
    overlap_until: str


@dataclass(frozen=True, slots=True)
class KeyRevoked(Payload):
    kind: ClassVar[str] = "key.revoked"
    method: str
    reason: str


@dataclass(frozen=True, slots=True)
class RegistryKeyCreated(Payload):
    kind: ClassVar[str] = "registry_key.created"
    fragment: str


@dataclass(frozen=True, slots=True)
class RegistryKeyRetired(Payload):
    kind: ClassVar[str] = "registry_key.retired"
    fragment: str
    reason: str = "superseded"


@dataclass(frozen=True, slots=True)
class ZoneCreated(Payload):
    kind: ClassVar[str] = "zone.created"
    zone: str


@dataclass(frozen=True, slots=True)
class NameRegistered(Payload):
    kind: ClassVar[str] = "name.registered"
    name: str
    agent: str | None


@dataclass(frozen=True, slots=True)
class NameChanged(Payload):
    kind: ClassVar[str] = "name.changed"
    name: str
    fields: list[str]


@dataclass(frozen=True, slots=True)
class NameRenewed(Payload):
    kind: ClassVar[str] = "name.renewed"
    name: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class NameStatusChanged(Payload):
    kind: ClassVar[str] = "name.status_changed"
    name: str
    statuses: list[str]


@dataclass(frozen=True, slots=True)
class NameTransferRequested(Payload):
    kind: ClassVar[str] = "name.transfer_requested"
    name: str
    to: str


@dataclass(frozen=True, slots=True)
class NameTransferred(Payload):
    kind: ClassVar[str] = "name.transferred"
    name: str
    origin: str
    to: str


@dataclass(frozen=True, slots=True)
class NameTransferCancelled(Payload):
    kind: ClassVar[str] = "name.transfer_cancelled"
    name: str


@dataclass(frozen=True, slots=True)
class NameReleased(Payload):
    kind: ClassVar[str] = "name.released"
    name: str


@dataclass(frozen=True, slots=True)
class RecordsReplaced(Payload):
    kind: ClassVar[str] = "records.replaced"
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class DomainAdded(Payload):
    kind: ClassVar[str] = "domain.added"
    domain: str


@dataclass(frozen=True, slots=True)
class DomainStateChanged(Payload):
    kind: ClassVar[str] = "domain.state_changed"
    domain: str
    state: str
    method: str | None


@dataclass(frozen=True, slots=True)
class DomainRemoved(Payload):
    kind: ClassVar[str] = "domain.removed"
    domain: str


@dataclass(frozen=True, slots=True)
class WatchedCredentialAttached(Payload):
    kind: ClassVar[str] = "watched_credential.attached"
    credential: str
    issuer: str
    type: str


@dataclass(frozen=True, slots=True)
class WatchedCredentialChanged(Payload):
    kind: ClassVar[str] = "watched_credential.changed"
    credential: str
    issuer: str
    change: str


@dataclass(frozen=True, slots=True)
class WatchedCredentialRemoved(Payload):
    kind: ClassVar[str] = "watched_credential.removed"
    credential: str


@dataclass(frozen=True, slots=True)
class WatchSourceChanged(Payload):
    kind: ClassVar[str] = "watch_source.changed"
    url: str
    state: str


@dataclass(frozen=True, slots=True)
class SweepStarted(Payload):
    kind: ClassVar[str] = "sweep.started"
    sources: int
    entries: int


@dataclass(frozen=True, slots=True)
class SweepFinished(Payload):
    kind: ClassVar[str] = "sweep.finished"
    corrected: int


@dataclass(frozen=True, slots=True)
class CredentialIssued(Payload):
    kind: ClassVar[str] = "credential.issued"
    credential: str
    credential_kind: str
    issuer: str
    format: str


@dataclass(frozen=True, slots=True)
class CredentialSuspended(Payload):
    kind: ClassVar[str] = "credential.suspended"
    credential: str
    reason: str


@dataclass(frozen=True, slots=True)
class CredentialReinstated(Payload):
    kind: ClassVar[str] = "credential.reinstated"
    credential: str


@dataclass(frozen=True, slots=True)
class CredentialRevoked(Payload):
    kind: ClassVar[str] = "credential.revoked"
    credential: str
    reason: str


@dataclass(frozen=True, slots=True)
class IssuerChanged(Payload):
    kind: ClassVar[str] = "issuer.changed"
    did: str
    method: str


@dataclass(frozen=True, slots=True)
class IssuerKeyAdded(Payload):
    kind: ClassVar[str] = "issuer_key.added"
    did: str
    fragment: str
    is_held_here: bool


@dataclass(frozen=True, slots=True)
class IssuerKeyRetired(Payload):
    kind: ClassVar[str] = "issuer_key.retired"
    did: str
    fragment: str
    reason: str
