"""A member leaves: her membership and everything that rests on her word end together, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.db import transaction

from identity.accounts.invitations import revoke_invitation
from identity.accounts.models import Invitation, Membership
from identity.accounts.organizations import remove_member
from identity.accounts.service_keys import revoke as revoke_service_key
from identity.agents import fence
from identity.delegation.capacity import capacities
from identity.delegation.models import Delegation
from identity.delegation.revoke import RevocationReason, revoke_delegation
from identity.journal.actor import Actor
from identity.journal.record import record
from identity.journal.team_kinds import MemberOffBoarded
from identity.spending.expiry import void_holds
from identity.spending.issuing import give_back_reserved
from identity.spending.leaver import Leaver, open_holds_of
from identity.spending.models import Approval, ApprovalState
from identity.spending.raises import cancel_raise


@dataclass(frozen=True, slots=True)
class OffBoarded:
    """How much of each ended."""

    delegations: int
    holds: int
    service_keys: int
    raises: int
    invitations: int
    votes: int
    approvals: int
    sessions: int


class _Grew(Exception):
    """She lent something more while the fences were being taken."""


def off_board(*, membership: Membership, actor: Actor, at: datetime) -> OffBoarded:
    """End the membership and what ``Leaver`` finds. A second call ends nothing more.

    NotFound ``not_found`` when she has left, Conflict ``last_owner``, NotPermitted ``owner_only``. Stops somebody who
    was shown the door from spending on through an agent, a key or a yes that she left behind.
    """
    while True:
        try:
            return _off_board(membership, _fences_of(membership, at), actor=actor, at=at)
        except _Grew:  # each round, one more root stands; once the membership is gone there are no more
            continue


def _off_board(membership: Membership, fences: set[str], *, actor: Actor, at: datetime) -> OffBoarded:
    leaver, organization = Leaver.of(membership, at=at), membership.organization
    with transaction.atomic():
        # Alone on the organization: nothing is lent, authorized or captured for it until this is done.
        fence.hold(alone=[organization.pk, *fences])
        if not _fences_of(membership, at) <= fences:
            raise _Grew
        remove_member(membership=membership, actor=actor, at=at)
        waiting = Approval.objects.filter(principal=organization, state=ApprovalState.PENDING).order_by("pk")
        list(waiting.select_for_update(no_key=True))  # a vote that is on its way waits, and then finds her gone
        ended = OffBoarded(
            votes=leaver.votes().count(),
            approvals=leaver.unused_approvals().update(valid_until=at),
            service_keys=len([revoke_service_key(key=key, actor=actor, at=at) for key in leaver.service_keys()]),
            invitations=_withdraw(list(leaver.invitations()), actor=actor, at=at),
            sessions=_sign_out(list(leaver.sessions(actor))),
            raises=len([cancel_raise(pending=pending, actor=actor, at=at) for pending in leaver.raises()]),
            **_revoke(list(leaver.delegations()), membership, actor=actor, at=at),
        )
        event = MemberOffBoarded(
            membership=membership.pk,
            delegations=ended.delegations,
            holds=ended.holds,
            service_keys=ended.service_keys,
            raises=ended.raises,
            invitations=ended.invitations,
            votes=ended.votes,
            approvals=ended.approvals,
            sessions=ended.sessions,
        )
        record(event, subject=membership.pk, actor=actor, at=at, organization=organization.pk)
    return ended


def _withdraw(invitations: list[Invitation], *, actor: Actor, at: datetime) -> int:
    for invitation in invitations:
        revoke_invitation(invitation=invitation, actor=actor, at=at)
    return len(invitations)


def _sign_out(sessions: list[UserSession]) -> int:
    for session in sessions:
        session.end()
    return len(sessions)


def _revoke(roots: list[Delegation], membership: Membership, *, actor: Actor, at: datetime) -> dict[str, int]:
    """Every standing first, then all holds in one go: budgets are locked in the order of all writers."""
    for root in roots:
        revoke_delegation(
            delegation=root,
            reason=RevocationReason.MEMBER_LEFT,
            capacities=capacities(root, organization=membership.organization),
            actor=actor,
            at=at,
        )
    held = open_holds_of([root.pk for root in roots]).values_list("pk", flat=True)
    count = void_holds(list(held), actor=actor, at=at)
    for root in roots:
        give_back_reserved(delegation=root, actor=actor, at=at)
    return {"delegations": len(roots), "holds": count}


def _fences_of(membership: Membership, at: datetime) -> set[str]:
    """The links whose standing or limits change: hers, and those that wait for wider limits she agreed to."""
    leaver = Leaver.of(membership, at=at)
    roots = leaver.delegations().values_list("pk", flat=True)
    return {*roots, *leaver.raises().values_list("delegation_id", flat=True)}
