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
