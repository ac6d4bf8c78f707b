"""The journal's readers of status events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from identity.accounts.models import Organization, Role, User
from identity.accounts.reading import in_the_words_of
from identity.journal.drain import reader
from identity.journal.models import Event
from identity.journal.push_kinds import SubscriptionFailing, SubscriptionPaused
from identity.primitives.clock import now
from registry.push.models import PauseReason
from registry.push.news import NEWSWORTHY
from registry.push.telling import tell

STATUS_EVENTS = "status_events"
NEWS_HOURS_MAX = 24


@reader(STATUS_EVENTS, kinds=NEWSWORTHY)
def tell_those_concerned(events: Sequence[Event]) -> None:
    """Tokens are made in the transaction that moves the cursor: each receiver is told once, whatever is killed."""
    tell(events, at=now())


@reader("receiver_alarms", kinds={SubscriptionFailing.kind, SubscriptionPaused.kind})
def mail_owners_of_failing_receivers(events: Sequence[Event]) -> None:
    """Owners hear when what they rely on does not reach them any more. A mail may come twice, and old news never."""
    oldest = now() - timedelta(hours=NEWS_HOURS_MAX)
    for event in events:
        if event.recorded_at >= oldest and event.payload.get("reason") != PauseReason.BY_ORGANIZATION:
            _mail_owners_of(event)


def _mail_owners_of(event: Event) -> None:
    organization = Organization.objects.filter(pk=event.organization).first()
    if organization is None:
        return
    owners = User.objects.filter(memberships__organization=organization, memberships__role=Role.OWNER, is_active=True)
    words = {
        "organization": organization,
        "subscription": event.subject,
        "is_paused": event.kind == SubscriptionPaused.kind,
        "failures": event.payload.get("failures"),
        "at": event.at,
        "address": f"{settings.PUBLIC_URL}/console/{organization.pk}/subscriptions/{event.subject}/",
    }
    for owner in owners.distinct():
        with in_the_words_of(owner):
            subject = " ".join(render_to_string("push/email/failing_subject.txt", words).split())
            body = render_to_string("push/email/failing_message.txt", words)
        EmailMessage(subject, body, to=[owner.email]).send()
