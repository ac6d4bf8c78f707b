"""What happened to vendors, authorizations and approvals, in words. Amounts are left to the pages that show them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from identity.accounts.code_words import code_words

Payload = dict[str, Any]


def _plain(value: Any) -> str:
    return code_words(value)


SPENDING_WORDS: dict[str, tuple[str, Callable[[Payload], str]]] = {
    "vendor.registered": ("landmark", lambda p: _("Registered as a vendor")),
    "vendor.changed": (
        "pencil",
        lambda p: _("Vendor changed: %s") % ", ".join(map(code_words, p.get("fields") or [])),
    ),
    "authorization.approved": ("circle-check", lambda p: _("Spend approved, the amount is held")),
    "authorization.declined": ("circle-x", lambda p: _("Spend declined: %s") % _plain(p.get("code"))),
    "authorization.step_up_required": ("circle-pause", lambda p: _("Spend waits for a human's answer")),
    "authorization.incremented": ("circle-check", lambda p: _("Held amount raised")),
    "authorization.captured": ("check", lambda p: _("Vendor charged what was held")),
    "authorization.voided": ("x", lambda p: _("Hold released: %s") % _plain(p.get("reason"))),
    "authorization.expired": ("history", lambda p: _("Hold ran out and was released")),
    "authorization.refunded": ("rotate-cw", lambda p: _("Vendor refunded")),
    "authorization.force_posted": ("ban", lambda p: _("Charged beyond what was authorized: an incident is open")),
    "allocation.reserved": ("lock", lambda p: _("Part of the total set aside for a sub-agent")),
    "usage.carried": ("arrow-right", lambda p: _("What was used so far moved to the replacing delegation")),
    "approval.requested": ("mail", lambda p: _("A human is asked about one purchase")),
    "approval.answered": ("badge-check", lambda p: _("A human's answer: %s") % _plain(p.get("state"))),
    "agent.throttled": ("circle-pause", lambda p: _("The registry throttled the agent")),
    "agent.unthrottled": ("circle-check", lambda p: _("The registry throttles the agent no longer")),
    "agent.insurance_set": (
        "badge-check",
        lambda p: _("Insurance counts for the agent") if p.get("amount") else _("Insurance counts no longer"),
    ),
    "agent.bond_set": (
        "badge-check",
        lambda p: _("A bond counts for the agent") if p.get("amount") else _("A bond counts no longer"),
    ),
    "ledger.mismatch_found": ("ban", lambda p: _("The ledger's own check found a difference")),
}
