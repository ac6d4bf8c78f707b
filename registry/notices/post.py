"""What a notice looks like as a mail and on a phone: in the person's language, several in one if need be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import ngettext

from identity.accounts.models import User
from identity.accounts.reading import in_the_words_of
from registry.notices.limits import BODY_LENGTH_MAX, PUSH_LIFETIME
from registry.notices.models import Notice, PushDevice
from registry.notices.people import language_of
from registry.notices.push_service import Message
from registry.notices.web_push import to_base64url

LIST_PATH: Final = "/console/alerts/"
PREFERENCES_PATH: Final = "/console/notices/"
TOPIC_CHARACTERS: Final = 32  # RFC 8030, section 5.4


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one person, of one notice or of several."""

    user: User
    notices: tuple[Notice, ...]
    title: str
    body: str
    link: str

    @property
    def is_urgent(self) -> bool:
        return self.notices[0].is_urgent


def letter_of(notices: Sequence[Notice]) -> Letter:
    """The words; several notices come as a list of their titles, which leads to the whole list."""
    first, user = notices[0], notices[0].user
    if len(notices) == 1:
        return Letter(user, tuple(notices), first.title, first.body, first.link)
    with in_the_words_of(user):
        title = ngettext("%(count)d notice", "%(count)d notices", len(notices)) % {"count": len(notices)}
    body = "\n".join(f"• {one.title}" for one in notices)
    return Letter(user, tuple(notices), title, body, LIST_PATH)


def mail(letter: Letter) -> None:
    """Send it by mail. OSError when the mail server does not take it."""
    context = {
        "letter": letter,
        "is_question": letter.notices[0].kind == "approval",
        "organization": letter.notices[0].organization,
        "address": f"{settings.PUBLIC_URL}{letter.link}",
        "preferences": f"{settings.PUBLIC_URL}{PREFERENCES_PATH}",
    }
    with in_the_words_of(letter.user):
        subject = " ".join(render_to_string("notices/email/notice_subject.txt", context).split())
        body = render_to_string("notices/email/notice_message.txt", context)
    EmailMessage(subject, body, to=[letter.user.email]).send()


def message_of(letter: Letter, device: PushDevice, *, at: datetime) -> Message:
    """It as the service worker of our pages reads it. It is kept for a device that is off as long as it matters."""
    topic = to_base64url(sha256(letter.notices[0].key.encode()).digest())[:TOPIC_CHARACTERS]
    until = letter.notices[0].until
    lifetime = min(PUSH_LIFETIME, until - at) if until else PUSH_LIFETIME
    shown = {
        "title": letter.title,
        "body": letter.body[:BODY_LENGTH_MAX],
        "link": letter.link,
        "tag": topic,
        "is_urgent": letter.is_urgent,
        "language": language_of(letter.user),
    }
    return Message(
        endpoint=device.endpoint,
        p256dh=device.p256dh,
        auth=device.auth,
        plaintext=json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode(),
        ttl_seconds=max(1, int(lifetime.total_seconds())),
        is_urgent=letter.is_urgent,
        topic=topic,
    )
