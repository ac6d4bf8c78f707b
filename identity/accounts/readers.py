"""The journal's reader of accounts: owners hear by mail of what would let somebody else act for their organization."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from identity.accounts.models import Membership, Organization, Role, User
from identity.accounts.reading import in_the_words_of
from identity.journal.actor import ActorKind
from identity.journal.drain import reader
from identity.journal.kinds import MemberAdded, MemberRoleChanged, ServiceKeyCreated
from identity.journal.models import Event
from identity.primitives.clock import now

# Older news is no news: a replay, or a reader that starts on a long journal, must not flood anybody.
NEWS_HOURS_MAX = 24
KINDS = (ServiceKeyCreated.kind, MemberAdded.kind, MemberRoleChanged.kind)


@reader("security_mail", kinds=KINDS)
def mail_owners(events: Sequence[Event]) -> None:
    """Stops a key or an owner made in a hijacked session from going unnoticed. A failing mail server is tried again
    with the whole batch, so a mail may come twice; it never comes not at all."""
    oldest = now() - timedelta(hours=NEWS_HOURS_MAX)
    for event in events:
        if event.at >= oldest and _is_news(event):
            _mail_owners_of(event)


def _is_news(event: Event) -> bool:
    return event.kind == ServiceKeyCreated.kind or event.payload["role"] == Role.OWNER


def _mail_owners_of(event: Event) -> None:
    organization = Organization.objects.filter(pk=event.organization).first()
    owners = User.objects.filter(
        memberships__organization_id=event.organization, memberships__role=Role.OWNER, is_active=True
    ).distinct()
    if organization is None or _is_its_maker(event):
        return
    words = {
        "organization": organization,
        "event": event,
        "is_key": event.kind == ServiceKeyCreated.kind,
        "address": f"{settings.PUBLIC_URL}/console/{organization.pk}/activity/",
    }
    for owner in owners:
        with in_the_words_of(owner):
            subject = " ".join(render_to_string("account/email/security_subject.txt", words).split())
            body = render_to_string("account/email/security_message.txt", words)
        EmailMessage(subject, body, to=[owner.email]).send()


def _is_its_maker(event: Event) -> bool:
    """Whoever makes an organization needs no mail about being its owner: nobody else adds herself."""
    if event.kind != MemberAdded.kind:
        return False
    member = Membership.objects.filter(pk=event.subject).values_list("user_id", flat=True).first()
    return event.actor == f"{ActorKind.USER}:{member}"
