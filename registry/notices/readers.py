"""The journal's reader of questions: whoever may answer hears of one within seconds."""

from __future__ import annotations

from collections.abc import Sequence

from identity.journal.drain import reader
from identity.journal.models import Event
from identity.journal.spending_kinds import ApprovalRequested
from identity.primitives.clock import now
from identity.spending.models import Approval
from registry.notices.approval_mail import mail_about


@reader("approval_mail", kinds={ApprovalRequested.kind})
def mail_approvers(events: Sequence[Event]) -> None:
    """A failing mail server is tried again with the whole batch, so a mail may come twice; a question that was answered
    meanwhile, or ran out, is not mailed any more, and neither is any on a replay."""
    asked = Approval.objects.select_related("principal").in_bulk([event.subject for event in events])
    for event in events:
        approval = asked.get(event.subject)
        if approval is not None:
            mail_about(approval, at=now())
