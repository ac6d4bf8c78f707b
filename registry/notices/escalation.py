"""Half of a question's time is over and it still waits: whoever came to be asked meanwhile hears of it, and so do the
organization's owners, who can give somebody who is away a stand-in.

Only where a group of approvers is asked: every other question was told to everybody whose role answers, at once.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, Value
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity.accounts.amounts import amount_in_digits
from identity.accounts.models import User
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.primitives.money import Money
from identity.spending.approvers import Voters, people_asked, voters_of
from identity.spending.models import Approval, ApprovalState
from registry.notices.approval_notices import half_time_key, minutes_left, tell_approvers, tell_of
from registry.notices.kinds import NoticeKind
from registry.notices.limits import ESCALATED_AT_ONCE

_DECIDING_ROLES = [role for role, found in ROLE_PERMISSIONS.items() if Permission.APPROVERS_WRITE in found]


def escalate_waiting(*, at: datetime) -> int:
    """How many people were told. Each is told once of each question, so it is safe to run twice, side by side, and
    after a worker that was killed in the middle."""
    gone = ExpressionWrapper(Value(at) - F("created_at"), output_field=DurationField())
    left = ExpressionWrapper(F("expires_at") - Value(at), output_field=DurationField())
    waiting = Approval.objects.filter(state=ApprovalState.PENDING, expires_at__gt=at).exclude(group="")
    halfway = waiting.annotate(gone=gone, left=left).filter(left__lte=F("gone")).order_by("expires_at", "pk")
    return sum(_escalate(pk, at) for pk in list(halfway.values_list("pk", flat=True)[:ESCALATED_AT_ONCE]))


def _escalate(approval_id: str, at: datetime) -> int:
    """The row is locked, as an answer locks it: what is told is told before the answer, whose reader takes it back."""
    with transaction.atomic():
        locked = Approval.objects.select_for_update(no_key=True, of=["self"]).select_related("principal")
        approval = locked.get(pk=approval_id)
        if approval.state_at(at) != ApprovalState.PENDING:
            return 0
        asked, voters = {person.pk for person in people_asked(approval, at=at)}, voters_of(approval)
        owners = User.objects.filter(
            memberships__organization=approval.principal_id, memberships__role__in=_DECIDING_ROLES, is_active=True
        ).exclude(pk__in=asked | {vote.approver_id for vote in voters.votes})
        told = sum(
            tell_of(
                approval,
                owner,
                kind=NoticeKind.ESCALATION,
                key=half_time_key(approval.pk),
                words=partial(_words, voters),
                at=at,
            )
            for owner in owners.distinct().order_by("pk")
        )
        return told + tell_approvers(approval, at=at)


def _words(voters: Voters, approval: Approval, at: datetime) -> tuple[str, str]:
    most, minutes = approval.transaction["max_amount"], minutes_left(approval, at)
    said = {
        "amount": amount_in_digits(Money(most["amount"], most["currency"])),
        "group": voters.name,
        "got": len(voters.agreed),
        "need": approval.quorum,
        "minutes": minutes,
    }
    title = _("A purchase of %(amount)s still waits for %(group)s") % said
    so_far = _("Half of the time is over, and %(got)d of %(need)d have agreed.") % said
    ends = ngettext("It ends in %(minutes)d minute.", "It ends in %(minutes)d minutes.", minutes) % said
    way = _("If somebody is away, give her a stand-in under Team, Absences: the stand-in is asked at once.")
    return title, f"{so_far} {ends} {way}"
