"""What happened in reports, cases, sanctions, appeals and scores, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from identity.accounts.code_words import code_words

Payload = dict[str, Any]


def _plain(value: Any) -> str:
    return code_words(value)


def _measure(sentence: str, payload: Payload) -> str:
    level = payload.get("level")
    return sentence if level is None else sentence + " (" + _("level %s") % level + ")"


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
    "sanction.renewed": ("refresh-cw", lambda p: _measure(_("Sanction goes on for its length once more"), p)),
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
    "report.filed": ("file-text", lambda p: _("Report filed: %s") % _plain(p.get("report_kind"))),
    "report.evidence_attached": ("link", lambda p: _("Evidence attached: %s") % p.get("media_type", "")),
    "report.evidence_read": ("download", lambda p: _("An operator downloaded evidence")),
    "report.decided": ("scale", lambda p: _("Report decided: %s") % _plain(p.get("finding"))),
    "report.reopened": ("rotate-cw", lambda p: _("Finding taken back: %s") % _plain(p.get("finding"))),
    "case.opened": ("inbox", lambda p: _("Complaint opened: the registry looks at what was reported")),
    "case.report_added": ("plus", lambda p: _("Report added to the case")),
    "case.report_left_out": ("minus", lambda p: _("Report left out of the case")),
    "case.level_proposed": ("triangle-alert", lambda p: _measure(_("The reports ask for a measure"), p)),
    "case.assigned": (
        "user",
        lambda p: _("Case given to an operator") if p.get("operator") else _("Case put back into the queue"),
    ),
    "case.noted": ("pencil", lambda p: _("Note written")),
    "case.closed": ("circle-check", lambda p: _("Case closed: %s") % _plain(p.get("outcome"))),
    "evidence.case_added": ("scale", lambda p: _("Upheld case counts in the score: %s") % _plain(p.get("severity"))),
    "evidence.case_withdrawn": ("rotate-cw", lambda p: _("Case counts no more: %s") % _plain(p.get("because"))),
    "evidence.case_restored": ("scale", lambda p: _("Case counts in the score again")),
    "evidence.contested": ("inbox", lambda p: _("An item of the score was contested")),
    "evidence.contest_answered": ("scale", lambda p: _("Contested item: %s") % _plain(p.get("state"))),
    "vendor.review_changed": (
        "eye",
        lambda p: (
            _("Under review: its receipts weigh half") if p.get("is_under_review") else _("Not under review any more")
        ),
    ),
    "score.band_changed": (
        "activity",
        lambda p: (
            _("Reputation band changed from %(before)s to %(after)s")
            % {"before": _plain(p.get("before")), "after": _plain(p.get("after"))}
        ),
    ),
}
