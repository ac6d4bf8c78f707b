"""What happened to delegations and to principals who paused everything, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from identity.accounts.code_words import code_words

Payload = dict[str, Any]


def _with_reason(sentence: str, payload: Payload) -> str:
    reason = code_words(payload.get("reason"))
    return f"{sentence}: {reason}" if reason else sentence


def _issued(payload: Payload) -> str:
    if payload.get("replaces"):
        return _("Delegation replaced by a new one")
    return _("Delegation passed on to another agent") if payload.get("parent") else _("Delegation issued to an agent")


DELEGATION_WORDS: dict[str, tuple[str, Callable[[Payload], str]]] = {
    "delegation.issued": ("git-branch", _issued),
    "delegation.revoked": ("ban", lambda p: _with_reason(_("Delegation revoked for good"), p)),
    "delegation.suspended": ("circle-pause", lambda p: _with_reason(_("Delegation suspended"), p)),
    "delegation.resumed": ("circle-check", lambda p: _("Delegation resumed")),
    "delegation.raise_asked": ("clock", lambda p: _("Wider limits agreed to; they begin after a day of thought")),
    "delegation.raise_cancelled": ("x", lambda p: _("Wider limits cancelled before they began")),
    "delegation.raise_failed": ("circle-x", lambda p: _with_reason(_("Wider limits could not begin"), p)),
    "principal.frozen": ("circle-pause", lambda p: _("Everything paused: no agent may act")),
    "principal.unfrozen": ("circle-check", lambda p: _("Pause lifted: agents may act again")),
}
