"""Who may answer a question, in whose place, and which yeses count.

Where the delegation names a group of approvers, its people answer, so many of them as the group said when the question
was put; otherwise anybody of the principal's whose role answers. While one of the group is away, her stand-in answers
in her place: one hop and no further.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from identity.accounts.models import Membership, User
from identity.accounts.permissions import Permission, may
from identity.delegation.absences import away_now
from identity.delegation.approver_groups import ANSWERING_ROLES
from identity.delegation.constraints.asking import ISSUER
from identity.delegation.facts import Refusal
from identity.delegation.models import Absence, ApproverGroup, Delegation, GroupSeat
from identity.primitives.errors import Conflict, NotPermitted
from identity.spending.chain import Chain
from identity.spending.models import Approval, ApprovalVote, Vote


@dataclass(frozen=True, slots=True)
class Seat:
    """The place a person answers from: her own, or that of ``absence``'s person."""

    user: str
    absence: Absence | None = None


def group_named(chain: Chain) -> str:
    """The group of approvers that the root of the chain names, or nothing. What a child names counts for nothing:
    stops an agent from choosing who judges the sub-agent it passes authority on to."""
    return next((rule.group for depth, rule in chain.step_ups if depth == 0 and rule.group), "")


def issuer_asked(chain: Chain, reasons: Sequence[Refusal]) -> str:
    """The id of the agent that may lift all of ``reasons`` by its own word, or nothing: then the principal is asked.

    Stops an agent from answering for a limit that it did not set: every reason has to lie on the link that it issued
    or below, and every rule that asks has to name its issuer. A root's issuer is the principal.
    """
    fired = {(one.link_depth, one.constraint_id) for one in reasons if one.code == "approval_required"}
    asking = [(depth, rule) for depth, rule in chain.step_ups if (depth, rule.id) in fired]
    if any(depth == 0 or rule.approvers != ISSUER for depth, rule in asking):
        return ""
    highest = min(one.link_depth for one in reasons)
    allowed = [depth for depth, rule in chain.step_ups if 0 < depth <= highest and rule.approvers == ISSUER]
    return chain.links[max(allowed)].issuer_agent or "" if allowed else ""


@dataclass(frozen=True, slots=True)
class Voters:
    """A group as it stands around one question: its seated people, what was answered, and who lent the authority."""

    name: str
    lender: str
    seated: tuple[Membership, ...]
    votes: tuple[ApprovalVote, ...]
    counted: frozenset[str]

    @property
    def agreed(self) -> list[ApprovalVote]:
        return [vote for vote in self.votes if vote.pk in self.counted]


def voters_of(approval: Approval) -> Voters:
    """Three queries, however many people."""
    counts = Exists(counted_yes(approval).filter(pk=OuterRef("pk")))
    votes = approval.votes.annotate(counts=counts).select_related("approver", "seat").order_by("at", "pk")
    lent_by = Delegation.objects.filter(pk=approval.path[0]).values("lent_by")
    group = ApproverGroup.objects.filter(pk=approval.group).values_list("name", Subquery(lent_by)).first()
    name, lender = group or ("", "")
    seated = tuple(_seated(approval))
    return Voters(name, lender, seated, tuple(votes), frozenset(vote.pk for vote in votes if vote.counts))


def people_asked(approval: Approval, *, at: datetime) -> list[User]:
    """Everybody whose yes could count now, by id: for whoever tells them. Those who are away are asked, too: they may
    be back. Nobody where an agent was asked, though the principal's people may answer in its place."""
    if approval.asked_agent:
        return []
    if not approval.group:
        found = User.objects.filter(
            memberships__organization=approval.principal_id, memberships__role__in=ANSWERING_ROLES, is_active=True
        )
        return list(found.distinct().order_by("pk"))
    voters = voters_of(approval)
    people = {member.user for member in voters.seated}
    people |= {absence.stand_in.user for absence in _stand_ins(approval, at)}
    return sorted((person for person in people if person.pk != voters.lender), key=lambda person: person.pk)


def seat_of(approval: Approval, approver: User, *, vote: Vote, at: datetime) -> Seat:
    """From where this person answers. NotPermitted ``approver_not_eligible``, Conflict ``already_voted`` when the one
    place that is left to her was answered from.

    Stops staff of whoever runs the agent from approving its own spending.
    """
    if not may(approver, approval.principal, Permission.APPROVALS_WRITE):
        raise NotPermitted("approver_not_eligible", "Only the principal's own people can answer this.")
    return (
        seat_among(voters_of(approval), approval, approver, vote=vote, at=at) if approval.group else Seat(approver.pk)
    )


def seat_among(voters: Voters, approval: Approval, approver: User, *, vote: Vote, at: datetime) -> Seat:
    """As ``seat_of``, of somebody whose role answers. Stops whoever lent the authority from being one of those who
    judge its use (a decline is hers to give), and one person from filling two places."""
    if vote == Vote.APPROVE and approver.pk == voters.lender:
        raise NotPermitted(
            "approver_not_eligible",
            "You lent this authority yourself: others of the group have to agree.",
            field="lender",
        )
    if any(member.user_id == approver.pk for member in voters.seated):
        return _free(voters, [Seat(approver.pk)])
    absences = [absence for absence in _stand_ins(approval, at) if absence.stand_in.user_id == approver.pk]
    seats = [Seat(absence.membership.user_id, absence) for absence in absences]
    seats = [seat for seat in seats if vote == Vote.DENY or seat.user != voters.lender]
    if not seats:
        raise NotPermitted("approver_not_eligible", "This is for a group of approvers to answer; you are not in it.")
    return _free(voters, seats)


def counted_yes(approval: Approval) -> QuerySet[ApprovalVote]:
    """The yeses that count: of people who may still answer and, with a group, from a place that is still in it. Who
    left, or lost the role for it, has no say any more."""
    found = approval.votes.filter(
        vote=Vote.APPROVE,
        approver__is_active=True,
        approver__memberships__organization=approval.principal_id,
        approver__memberships__role__in=ANSWERING_ROLES,
    )
    if approval.group:
        found = found.filter(seat__in=_seated(approval).values("user"))
    return found


def _seated(approval: Approval) -> QuerySet[Membership]:
    seats = GroupSeat.objects.filter(group=approval.group, group__organization=approval.principal_id)
    members = Membership.objects.filter(pk__in=seats.values("membership"), user__is_active=True)
    return members.filter(role__in=ANSWERING_ROLES).select_related("user")


def _stand_ins(approval: Approval, at: datetime) -> list[Absence]:
    return list(away_now(approval.principal_id, at).filter(membership__in=_seated(approval)))


def _free(voters: Voters, seats: list[Seat]) -> Seat:
    taken = {vote.seat_id for vote in voters.votes}
    free = [seat for seat in seats if seat.user not in taken]
    if not free:
        raise Conflict("already_voted", "This place was answered from already.")
    return free[0]
