"""Events of the people of an organization and of who answers for it; the rules of ``kinds`` hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from identity.journal.kinds import Payload


@dataclass(frozen=True, slots=True)
class MemberOffBoarded(Payload):
    """What ended with a membership, each counted; every one of them has an event of its own where it has a kind."""

    kind: ClassVar[str] = "member.off_boarded"
    membership: str
    delegations: int
    holds: int
    service_keys: int
    raises: int
    invitations: int
    votes: int
    approvals: int
    sessions: int


@dataclass(frozen=True, slots=True)
class ApproverGroupMade(Payload):
    """``people`` are memberships; ``needed`` of them have to say yes."""

    kind: ClassVar[str] = "approver_group.made"
    needed: int
    people: list[str]


@dataclass(frozen=True, slots=True)
class ApproverGroupChanged(Payload):
    kind: ClassVar[str] = "approver_group.changed"
    needed: int
    people: list[str]
    fields: list[str]


@dataclass(frozen=True, slots=True)
class ApproverGroupRemoved(Payload):
    kind: ClassVar[str] = "approver_group.removed"


@dataclass(frozen=True, slots=True)
class AbsenceSet(Payload):
    """``membership`` and ``stand_in`` are memberships; times in RFC 3339."""

    kind: ClassVar[str] = "absence.set"
    membership: str
    stand_in: str
    begins_at: str
    ends_at: str


@dataclass(frozen=True, slots=True)
class AbsenceEnded(Payload):
    """Before its time; one that runs out ends by itself and needs no event."""

    kind: ClassVar[str] = "absence.ended"
    membership: str


@dataclass(frozen=True, slots=True)
class ApprovalVoted(Payload):
    """A yes that needs others beside it: ``got`` of ``need``. ``is_stand_in``: given in place of somebody away."""

    kind: ClassVar[str] = "approval.voted"
    got: int
    need: int
    is_stand_in: bool
