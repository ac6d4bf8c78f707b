"""The journal's reader of moderation: the first step of the ladder is a note to the organization."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from identity.accounts.reading import in_the_words_of
from identity.journal.drain import reader
from identity.journal.models import Event
from identity.journal.moderation_kinds import CaseOpened
from identity.primitives.clock import now
from reputation.moderation.models import Case
from reputation.moderation.notices import owners_to_mail

NEWS_HOURS_MAX = 24  # older news is no news: a replay must not flood anybody


@reader("moderation_notes", kinds={CaseOpened.kind})
def note_to_organizations(events: Sequence[Event]) -> None:
    """Level 0: whoever answers for the agent learns that a case was opened, and nothing about who reported it. A
    failing mail server is tried again with the whole batch, so a mail may come twice; it never comes not at all."""
    oldest = now() - timedelta(hours=NEWS_HOURS_MAX)
    for event in events:
        if event.at >= oldest:
            _mail_note(event)


def _mail_note(event: Event) -> None:
    case = Case.objects.select_related("agent", "organization").filter(pk=event.subject).first()
    if case is None or case.organization is None:
        return
    words = {
        "case": case,
        "organization": case.organization,
        "subject_name": case.agent.display_name if case.agent else case.organization.name,
        "address": f"{settings.PUBLIC_URL}/console/{case.organization_id}/",
    }
    for owner in owners_to_mail(case.organization):
        with in_the_words_of(owner):
            title = " ".join(render_to_string("moderation/email/noted_subject.txt", words).split())
            body = render_to_string("moderation/email/noted_message.txt", words)
        EmailMessage(title, body, to=[owner.email]).send()
