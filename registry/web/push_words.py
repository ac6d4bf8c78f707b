"""What happened to subscriptions, and the types of status events, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.push.event_types import EventType

Payload = dict[str, Any]

TYPE_WORDS: dict[str, Any] = {
    EventType.AGENT_STATUS_CHANGE: gettext_lazy("An agent is suspended, limited, revoked, or goes on"),
    EventType.DELEGATION_REVOKED: gettext_lazy("A delegation you sold under is revoked"),
    EventType.DELEGATION_SUSPENDED: gettext_lazy("A delegation you sold under is paused"),
    EventType.DELEGATION_RESUMED: gettext_lazy("A delegation you sold under goes on"),
    EventType.AUTHORIZATION_VOIDED: gettext_lazy("Money held for you is released, because its authority ended"),
    EventType.KEY_COMPROMISED: gettext_lazy("An agent's key is in other hands"),
    EventType.CREDENTIAL_CHANGE: gettext_lazy("An agent's keys change"),
    EventType.OPERATOR_STATUS_CHANGE: gettext_lazy("An organization is excluded from the register, or comes back"),
    EventType.VENDOR_STATUS_CHANGE: gettext_lazy("A vendor you bought from is stopped, or changes"),
    EventType.ASSURANCE_LEVEL_CHANGE: gettext_lazy("How far somebody was verified changes"),
    EventType.RISK_LEVEL_CHANGE: gettext_lazy("An agent's reputation moves to another band"),
}

PUSH_WORDS: dict[str, tuple[str, Callable[[Payload], str]]] = {
    "subscription.created": ("plug", lambda p: _("Subscribed to status events")),
    "subscription.changed": ("pencil", lambda p: _("Subscription changed")),
    "subscription.paused": (
        "circle-pause",
        lambda p: (
            _("Subscription paused")
            if p.get("reason") == "by_organization"
            else _("Subscription paused: its endpoint does not answer")
        ),
    ),
    "subscription.resumed": ("circle-check", lambda p: _("Subscription resumed")),
    "subscription.deleted": ("trash-2", lambda p: _("Subscription ended")),
    "subscription.secret_rotated": ("refresh-cw", lambda p: _("Secret of a subscription replaced")),
    "subscription.failing": (
        "triangle-alert",
        lambda p: _("Status events did not reach the endpoint %s times in a row") % p.get("failures", ""),
    ),
    "subscription.recovered": ("circle-check", lambda p: _("Status events reach the endpoint again")),
    "subscription.events_given_up": (
        "triangle-alert",
        lambda p: _("Gave up on %s status events; they can be sent again") % p.get("count", ""),
    ),
    "subscription.events_replayed": ("rotate-cw", lambda p: _("%s status events sent again") % p.get("count", "")),
}
