"""Who is told of a measure: whom it hits, the principals it stops, the vendors that dealt with the agent lately.

Queued in the transaction of what they tell of, so that none is lost and none tells of what was rolled back; sent by a
task seconds later. A mail that fails is tried again with growing pauses.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

from identity.accounts.code_words import code_words
from identity.accounts.models import Organization, Role, User
from identity.accounts.reading import in_the_words_of
from identity.agents.models import Agent
from reputation.moderation.ladder import Level
from reputation.moderation.limits import NOTICE_ATTEMPTS_MAX, NOTICES_PER_SANCTION_MAX, NOTICES_SENT_AT_ONCE
from reputation.moderation.models import Appeal, Notice, NoticeKind, Sanction
from reputation.moderation.reach import RECENT_VENDORS, agents_of, principals_of, subject_of, vendors_of
from reputation.moderation.statement import public_statement, statement_text

_RETRY_FIRST = timedelta(seconds=30)
_RETRY_MAX = timedelta(hours=8)
logger = logging.getLogger(__name__)


def queue_imposed(sanction: Sanction, *, at: datetime) -> int:
    """Tell the subject; from level 2 on the principals, whose agent behaves differently now; from level 3 on the
    vendors of the last 30 days. The queries are those of the preview."""
    agents = agents_of(subject_of(sanction))
    wanted: list[tuple[NoticeKind, Iterable[str]]] = [(NoticeKind.IMPOSED, _subjects(sanction))]
    if sanction.level >= Level.THROTTLED:
        wanted.append((NoticeKind.CONCERNED_PRINCIPAL, _first(principals_of(agents).values_list("pk", flat=True))))
    if sanction.level >= Level.SUSPENDED:
        sellers = vendors_of(agents, since=at - RECENT_VENDORS).exclude(organization=None)
        wanted.append((NoticeKind.CONCERNED_VENDOR, _first(sellers.values_list("organization_id", flat=True))))
    return sum(_queue(kind, recipients, sanction=sanction, at=at) for kind, recipients in wanted)


def queue_ended(sanction: Sanction, *, at: datetime) -> int:
    """Whoever was told of the measure is told that it is over."""
    told = sanction.notices.filter(appeal=None).exclude(kind=NoticeKind.ENDED)
    return _queue(NoticeKind.ENDED, told.values_list("recipient_id", flat=True), sanction=sanction, at=at)


def queue_appeal(appeal: Appeal, kind: NoticeKind, *, at: datetime) -> int:
    """The receipt of an appeal, or its decision, for the appellant and for whom the measure hits."""
    recipients = {appeal.appellant_id, *_subjects(appeal.sanction)}
    return _queue(kind, recipients, sanction=appeal.sanction, appeal=appeal, at=at)


def send_waiting(*, at: datetime, count_max: int = NOTICES_SENT_AT_ONCE) -> int:
    """Send what waits, oldest first; how many. Several workers share the work, and a killed one loses nothing: a mail
    may come twice, it never comes not at all."""
    sent = 0
    for _ in range(count_max):
        with transaction.atomic():
            waiting = Notice.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
                "sanction__agent", "sanction__organization", "appeal", "recipient"
            )
            notice = waiting.filter(sent_at=None, not_before__lte=at, attempts__lt=NOTICE_ATTEMPTS_MAX).first()
            if notice is None:
                return sent
            sent += _send(notice, at=at)
    return sent


def _send(notice: Notice, *, at: datetime) -> bool:
    try:
        send_notice(notice)
    except OSError:  # the mail server is away, or refused
        notice.attempts += 1
        notice.not_before = at + min(_RETRY_FIRST * 2**notice.attempts, _RETRY_MAX)
        notice.save(update_fields=["attempts", "not_before"])
        logger.warning("a notice could not be sent", extra={"notice": notice.pk, "attempts": notice.attempts})
        return False
    notice.sent_at = at
    notice.save(update_fields=["sent_at"])
    return True


def send_notice(notice: Notice) -> None:
    """One mail to each owner of the recipient."""
    subject = subject_of(notice.sanction)
    statement = statement_text(public_statement(notice.sanction))
    words = {
        "notice": notice,
        "sanction": notice.sanction,
        "appeal": notice.appeal,
        "recipient": notice.recipient,
        "subject_name": subject.display_name if isinstance(subject, Agent) else subject.name,
        "statement": statement,
    }
    for owner in owners_to_mail(notice.recipient):
        with in_the_words_of(owner):
            words["measure"] = code_words(notice.sanction.measure)
            title = " ".join(render_to_string(f"moderation/email/{notice.kind}_subject.txt", words).split())
            body = render_to_string(f"moderation/email/{notice.kind}_message.txt", words)
        EmailMessage(title, body, to=[owner.email]).send()


def owners_to_mail(organization: Organization) -> list[User]:
    owners = User.objects.filter(memberships__organization=organization, memberships__role=Role.OWNER, is_active=True)
    return list(owners.distinct().order_by("pk"))


def _queue(
    kind: NoticeKind, recipients: Iterable[str], *, sanction: Sanction, appeal: Appeal | None = None, at: datetime
) -> int:
    rows = [
        Notice(kind=kind, sanction=sanction, appeal=appeal, recipient_id=recipient, queued_at=at, not_before=at)
        for recipient in sorted(set(recipients))
    ]
    return len(Notice.objects.bulk_create(rows, ignore_conflicts=True))


def _subjects(sanction: Sanction) -> list[str]:
    return [sanction.organization_id] if sanction.organization_id else []


def _first(ids: Any) -> list[str]:
    return list(ids.order_by("pk")[:NOTICES_PER_SANCTION_MAX])
