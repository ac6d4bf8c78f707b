"""The journal's reader of questions: whoever may answer hears of one within seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from identity.journal.drain import reader
from identity.journal.models import Event
from identity.journal.spending_kinds import ApprovalAnswered, ApprovalRequested
from identity.primitives.clock import now
from identity.spending.models import Approval
from registry.notices.alerts import ALERTING, alert_people
from registry.notices.approval_notices import end_notices, tell_approvers
from registry.notices.raise_notices import RAISE_KINDS, tell_of_raises

QUESTIONS: Final = "approval_mail"


@reader(QUESTIONS, kinds={ApprovalRequested.kind, ApprovalAnswered.kind})
def tell_of_questions(events: Sequence[Event]) -> None:
    """Notices are written in the transaction that moves the cursor: each question is told once, whatever is killed.
    A question that was answered meanwhile, or ran out, is not told any more, and neither is any on a replay."""
    asked = Approval.objects.select_related("principal").in_bulk([event.subject for event in events])
    for event in events:
        approval = asked.get(event.subject)
        if event.kind == ApprovalAnswered.kind:
            end_notices(event.subject, at=now())
        elif approval is not None:
            tell_approvers(approval, at=now())


@reader("alerts", kinds=ALERTING)
def tell_of_alerts(events: Sequence[Event]) -> None:
    """As above: what is told, and that it was read, stand or fall together."""
    alert_people(events, at=now())


@reader("raises", kinds=RAISE_KINDS)
def tell_of_wider_limits(events: Sequence[Event]) -> None:
    """As above."""
    tell_of_raises(events, at=now())
