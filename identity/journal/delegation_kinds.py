"""Events of delegations and of principals who pause everything; the rules of ``kinds`` hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from identity.journal.kinds import Payload


@dataclass(frozen=True, slots=True)
class DelegationIssued(Payload):
    """``consent`` is the kind of evidence of a root, empty for a child, whose issuer signed it."""

    kind: ClassVar[str] = "delegation.issued"
    agent: str
    parent: str | None
    replaces: str | None
    consent: str = ""


@dataclass(frozen=True, slots=True)
class DelegationRevoked(Payload):
    kind: ClassVar[str] = "delegation.revoked"
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class DelegationSuspended(Payload):
    kind: ClassVar[str] = "delegation.suspended"
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class DelegationResumed(Payload):
    kind: ClassVar[str] = "delegation.resumed"
    by: str


@dataclass(frozen=True, slots=True)
class PrincipalFrozen(Payload):
    kind: ClassVar[str] = "principal.frozen"


@dataclass(frozen=True, slots=True)
class PrincipalUnfrozen(Payload):
    kind: ClassVar[str] = "principal.unfrozen"
    consent: str
