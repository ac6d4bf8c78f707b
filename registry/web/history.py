"""An agent's public history: those kinds of journal event that concern whoever deals with it, and no others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from identity.journal.models import Event

HISTORY_MAX = 20


@dataclass(frozen=True, slots=True)
class Happening:
    words: str
    symbol: str
    at: datetime


Payload = dict[str, Any]


def _because(sentence: str, payload: Payload) -> str:
    reason = str(payload.get("reason", "")).replace("_", " ")
    return f"{sentence}: {reason}" if reason else sentence


# Members, service keys and who pressed the button stay inside the organization's own activity page.
PUBLIC_KINDS: dict[str, tuple[str, Callable[[Payload], str]]] = {
    "agent.registered": ("badge-check", lambda p: _("Registered with proof of control of its key")),
    "agent.claimed": ("user", lambda p: _("Claimed by the organization that answers for it now")),
    "agent.changed": ("pencil", lambda p: _("Profile changed: %s") % ", ".join(p.get("fields", [])).replace("_", " ")),
    "agent.suspended": ("circle-pause", lambda p: _because(_("Suspended"), p)),
    "agent.reinstated": ("circle-check", lambda p: _("Reinstated")),
    "agent.deactivated": ("circle-x", lambda p: _because(_("Deactivated for good"), p)),
    "key.added": ("key-round", lambda p: _("Key #%s added") % p.get("method", "")),
    "key.rotated": (
        "refresh-cw",
        lambda p: _("Key #%(old)s replaced by #%(new)s") % {"old": p.get("retired", ""), "new": p.get("method", "")},
    ),
    "key.revoked": ("ban", lambda p: _because(_("Key #%s revoked") % p.get("method", ""), p)),
}


def history_of(agent_id: str) -> list[Happening]:
    """The latest public events of one agent, newest first, without saying which person acted."""
    events = Event.objects.filter(subject=agent_id, kind__in=PUBLIC_KINDS).order_by("-id")[:HISTORY_MAX]
    found = []
    for event in events:
        symbol, words = PUBLIC_KINDS[event.kind]
        found.append(Happening(words(event.payload), symbol, event.at))
    return found
