"""The notice about a question: a link to the page, and enough to know whether to hurry. It answers nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity.accounts.amounts import amount_in_digits
from identity.accounts.models import User
from identity.accounts.reading import in_the_words_of
from identity.primitives.money import Money
from identity.spending.approvers import people_asked
from identity.spending.models import Approval, ApprovalState
from registry.notices.kinds import NoticeKind
from registry.notices.tell import tell, withdraw


def tell_approvers(approval: Approval, *, at: datetime) -> int:
    """Tell whoever may answer; how many people. None when no answer counts any more.

    The agent's own words are not in it, nor the vendor's: stops either from writing to people in the register's name.
    """
    if approval.state_at(at) != ApprovalState.PENDING:
        return 0
    return sum(
        tell_of(approval, person, kind=NoticeKind.APPROVAL, key=_key(approval.pk), words=_words, at=at)
        for person in people_asked(approval, at=at)
    )


def end_notices(approval_id: str, *, at: datetime) -> int:
    """The question was answered: it is not sent to anybody any more; how many people had it unread."""
    return sum(withdraw(key=key, at=at) for key in (_key(approval_id), half_time_key(approval_id)))


def half_time_key(approval_id: str) -> str:
    """The occasion that half of a question's time is over."""
    return f"approval-half:{approval_id}"


def minutes_left(approval: Approval, at: datetime) -> int:
    return max(1, int((approval.expires_at - at).total_seconds() // 60))


def tell_of(
    approval: Approval,
    person: User,
    *,
    kind: NoticeKind,
    key: str,
    words: Callable[[Approval, datetime], tuple[str, str]],
    at: datetime,
) -> bool:
    """Tell one person of the question, in her own language, until it ends; whether she had not been told. ``words``
    give the title and what follows it."""
    with in_the_words_of(person):
        title, body = words(approval, at)
    told = tell(
        user=person,
        kind=kind,
        key=key,
        title=title,
        body=body,
        link=f"/approve/{approval.pk}",
        organization=approval.principal,
        at=at,
        until=approval.expires_at,
    )
    return told is not None


def _words(approval: Approval, at: datetime) -> tuple[str, str]:
    deal = approval.transaction
    minutes = minutes_left(approval, at)
    said = {
        "amount": amount_in_digits(Money(deal["max_amount"]["amount"], deal["max_amount"]["currency"])),
        "vendor": _one_line(deal["vendor_name"]),
        "agents": " → ".join(_one_line(name) for name in deal["agents"]),
        "organization": _one_line(approval.principal.name),
        "minutes": minutes,
    }
    title = _("May it spend %(amount)s at %(vendor)s?") % said
    who = _("%(agents)s asks to spend at most %(amount)s at %(vendor)s for %(organization)s.") % said
    when = ngettext("Answer within %(minutes)d minute.", "Answer within %(minutes)d minutes.", minutes) % said
    return title, f"{who} {when}"


def _key(approval_id: str) -> str:
    return f"approval:{approval_id}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
