"""What happened in reports, cases, sanctions, appeals and scores, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

Payload = dict[str, Any]


def _plain(value: Any) -> str:
    return str(value or "").replace("_", " ")


def _measure(sentence: str, payload: Payload) -> str:
    level = payload.get("level")
    return sentence if level is None else f"{sentence} ({_('level %s') % level})"


MODERATION_WORDS: dict[str, tuple[str, Callable[[Payload], str]]] = {
    "agent.held": ("lock", lambda p: _("Held by the registry: it cannot leave or change its keys")),
    "agent.hold_released": ("lock", lambda p: _("The registry's hold ended")),
    "agent.revoked": ("ban", lambda p: _("Revoked by the registry: %s") % _plain(p.get("reason"))),
    "agent.restored": ("rotate-cw", lambda p: _("Stands as before the measure: %s") % _plain(p.get("status"))),
    "organization.assurance_set": (
        "shield-check",
        lambda p: (
            _("Assurance level set to %(level)s: %(reason)s")
            % {"level": p.get("level", "?"), "reason": _plain(p.get("reason"))}
        ),
    ),
    "organization.deplatformed": ("ban", lambda p: _("Organization deplatformed")),
    "organization.readmitted": ("rotate-cw", lambda p: _("Organization admitted again")),
    "operator.added": ("user-plus", lambda p: _("Became an operator: %s") % _plain(p.get("desk_role"))),
    "operator.removed": ("users", lambda p: _("Is no operator any more")),
    "sanction.proposed": ("scale", lambda p: _measure(_("Sanction proposed"), p)),
    "sanction.signed": ("pencil", lambda p: _measure(_("Sanction signed by an operator"), p)),
    "sanction.imposed": (
        "scale",
        lambda p: _measure(
            _("Sanction imposed in an emergency") if p.get("is_emergency") else _("Sanction imposed"), p
        ),
    ),
    "sanction.confirmed": ("badge-check", lambda p: _measure(_("Emergency sanction confirmed"), p)),
    "sanction.ended": ("rotate-cw", lambda p: _measure(_("Sanction ended: %s") % _plain(p.get("state")), p)),
    "sanction.holds_voided": ("x", lambda p: _("Open holds released: %s") % p.get("count", 0)),
    "sanction.associated_listed": ("list-checks", lambda p: _("Associated agents to look at: %s") % p.get("count", 0)),
    "sanction.associated_decided": (
        "list-checks",
        lambda p: _("Associated agent decided: %s") % _plain(p.get("decision")),
    ),
    "appeal.opened": ("inbox", lambda p: _("Appeal opened")),
    "appeal.assigned": ("user", lambda p: _("Appeal given to an operator")),
    "appeal.decided": ("scale", lambda p: _("Appeal decided: %s") % _plain(p.get("outcome"))),
    "appeal.withdrawn": ("x", lambda p: _("Appeal withdrawn")),
}
