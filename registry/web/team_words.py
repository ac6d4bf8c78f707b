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
}
