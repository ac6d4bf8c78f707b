"""Journal events of an organization's people and of who answers for it, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

Payload = dict[str, Any]


def _off_boarded(payload: Payload) -> str:
    count = int(payload.get("delegations", 0))
    words = ngettext(
        "Member left, and %(count)d delegation ended with it",
        "Member left, and %(count)d delegations ended with it",
        count,
    )
    return words % {"count": count} if count else _("Member left, with all that rested on that word")


TEAM_WORDS: dict[str, tuple[str, Callable[[Payload], str]]] = {
    "member.off_boarded": ("log-out", _off_boarded),
    "approver_group.made": ("users", lambda p: _("Group of approvers made")),
    "approver_group.changed": ("users", lambda p: _("Group of approvers changed")),
    "approver_group.removed": ("users", lambda p: _("Group of approvers removed")),
    "absence.set": ("clock", lambda p: _("Absence set, with somebody who stands in")),
    "absence.ended": ("clock", lambda p: _("Absence ended before its time")),
    "approval.voted": (
        "circle-check",
        lambda p: _("Purchase agreed to by %(got)s of %(need)s") % {"got": p.get("got", 0), "need": p.get("need", 0)},
    ),
}
