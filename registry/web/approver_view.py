"""What the page of a question says about a group of approvers: who has agreed, how many are missing, in whose place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from identity.accounts.models import User
from identity.delegation.models import Absence
from identity.primitives.errors import Conflict, NotPermitted
from identity.spending.approvers import Voters, seat_among, voters_of
from identity.spending.models import Approval, ApprovalVote, Vote
from registry.web.templatetags.moments import day_words


@dataclass(frozen=True, slots=True)
class Agreed:
    """One yes that counts: by whom, for whom if not for herself, and when."""

    person: str
    place_of: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Round:
    """A question that needs several yeses, as one person sees it while it waits.

    ``given`` counts the yeses of people who left, too. ``instead_of`` is said to a stand-in before she answers,
    ``hindrance`` to whoever may not agree; ``may_decline`` whether her no would count.
    """

    group: str
    agreed: list[Agreed]
    need: int
    given: int
    has_voted: bool
    instead_of: str = ""
    hindrance: str = ""
    may_decline: bool = True

    @property
    def missing(self) -> int:
        return max(0, self.need - len(self.agreed))


def round_of(approval: Approval, viewer: User, *, at: datetime) -> Round | None:
    """None for a question that any one of the principal's people answers. ``viewer``'s role answers."""
    if not approval.group:
        return None
    voters = voters_of(approval)
    has_voted = any(vote.approver_id == viewer.pk for vote in voters.votes)
    instead_of, hindrance, may_decline = _place(voters, approval, viewer, at) if not has_voted else ("", "", False)
    return Round(
        group=voters.name,
        agreed=[_agreed(vote) for vote in voters.agreed],
        need=approval.quorum,
        given=len(voters.votes),
        has_voted=has_voted,
        instead_of=instead_of,
        hindrance=hindrance,
        may_decline=may_decline,
    )


def _place(voters: Voters, approval: Approval, viewer: User, at: datetime) -> tuple[str, str, bool]:
    """For whom she answers, what keeps her from agreeing, and whether she may decline."""
    try:
        seat = seat_among(voters, approval, viewer, vote=Vote.APPROVE, at=at)
    except NotPermitted as refusal:
        if refusal.field != "lender":
            return "", _("This is for the group to answer, and you are not in it."), False
        words = _("You lent this authority yourself, so others of the group have to agree. You can still decline.")
        is_seated = any(member.user_id == viewer.pk for member in voters.seated)
        return ("", words, True) if is_seated else ("", _("You lent this authority yourself."), False)
    except Conflict:
        return "", _("Your place was answered from already, by whoever stands in for you."), False
    return (_instead(seat.absence) if seat.absence else ""), "", True


def _instead(absence: Absence) -> str:
    said = {"person": str(absence.membership.user), "day": day_words(absence.ends_at - timedelta(seconds=1))}
    return _("You answer for %(person)s, who is away until %(day)s.") % said


def _agreed(vote: ApprovalVote) -> Agreed:
    is_stand_in = vote.seat is not None and vote.seat_id != vote.approver_id
    return Agreed(str(vote.approver), str(vote.seat) if is_stand_in else "", vote.at)
