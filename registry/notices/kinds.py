"""What people are told of: a closed list. What each means, and how it reaches somebody who has chosen nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.utils.translation import gettext_lazy as _


class NoticeKind(StrEnum):
    """The values are kept in rows and never change meaning."""

    APPROVAL = "approval"
    ESCALATION = "escalation"
    NEW_VENDOR = "new_vendor"
    CAP_NEAR = "cap_near"
    DECLINES = "declines"
    AGENT_STANDING = "agent_standing"
    VENDOR_STANDING = "vendor_standing"
    RAISE = "raise"
    ACCOUNT = "account"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Form:
    """``by_mail`` and ``by_push`` are how it goes out until she chooses; ``is_urgent`` kinds are never held back, and
    do not count towards what she lets through in a day; ``is_chosen`` kinds stand on the preferences page."""

    words: Any
    why: Any
    symbol: str
    by_mail: bool
    by_push: bool
    is_urgent: bool = False
    is_chosen: bool = True


FORMS: Final[dict[NoticeKind, Form]] = {
    NoticeKind.APPROVAL: Form(
        _("An agent asks for your yes"),
        _("A purchase waits for your answer, for a quarter of an hour."),
        "circle-help",
        by_mail=True,
        by_push=True,
        is_urgent=True,
    ),
    NoticeKind.ESCALATION: Form(
        _("A group leaves a question waiting"),
        _("Half of the time is over and its yeses are not there. Told to owners whom nobody asked."),
        "clock",
        by_mail=True,
        by_push=True,
        is_urgent=True,
    ),
    NoticeKind.NEW_VENDOR: Form(
        _("First purchase at a vendor"),
        _("An agent of yours buys somewhere for the first time."),
        "store",
        by_mail=False,
        by_push=True,
    ),
    NoticeKind.CAP_NEAR: Form(
        _("80 % of a limit is used"),
        _("Told once in each week, month or other window of the limit."),
        "gauge",
        by_mail=True,
        by_push=True,
    ),
    NoticeKind.DECLINES: Form(
        _("An agent is refused again and again"),
        _("Several purchases in a short time did not go through."),
        "circle-x",
        by_mail=True,
        by_push=True,
    ),
    NoticeKind.AGENT_STANDING: Form(
        _("The standing of an agent changes"),
        _("An agent that acts for you is limited, suspended, or goes on."),
        "scale",
        by_mail=True,
        by_push=True,
    ),
    NoticeKind.VENDOR_STANDING: Form(
        _("The standing of a vendor changes"),
        _("A vendor your agents bought from is limited, suspended, or goes on."),
        "building-2",
        by_mail=False,
        by_push=True,
    ),
    NoticeKind.RAISE: Form(
        _("Limits become wider"),
        _("Told while there is time to cancel it."),
        "sliders-horizontal",
        by_mail=True,
        by_push=True,
        is_urgent=True,
        is_chosen=False,
    ),
    NoticeKind.ACCOUNT: Form(
        _("Your account changes"),
        _("A device is added that gets your notices."),
        "shield-check",
        by_mail=True,
        by_push=False,
        is_urgent=True,
        is_chosen=False,
    ),
    NoticeKind.TEST: Form(
        _("Tests"),
        _("Sent because you asked for it."),
        "send",
        by_mail=False,
        by_push=True,
        is_urgent=True,
        is_chosen=False,
    ),
}

CHOSEN: Final = tuple(kind for kind, form in FORMS.items() if form.is_chosen)
