"""Every state a page can show: its words, its tone and its icon. Colour never speaks alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class State:
    words: Any
    tone: str
    """One of good, info, wait, bad, mute."""
    icon: str


STATES: dict[str, State] = {
    # agents
    "active": State(_("Active"), "good", "circle-check"),
    "unclaimed": State(_("Unclaimed"), "mute", "circle-help"),
    "suspended": State(_("Suspended"), "wait", "circle-pause"),
    "deactivated": State(_("Deactivated"), "bad", "circle-x"),
    "deplatformed": State(_("Deplatformed"), "bad", "ban"),
    "held": State(_("On hold"), "wait", "lock"),
    # the four facts of evidence
    "registered": State(_("Registered"), "good", "circle-check"),
    "reachable": State(_("Reachable"), "good", "circle-check"),
    "verified": State(_("Verified"), "good", "badge-check"),
    "in_good_standing": State(_("In good standing"), "good", "shield-check"),
    "unknown": State(_("Not known"), "mute", "circle-help"),
    "none": State(_("None"), "mute", "minus"),
    # keys
    "valid": State(_("Valid"), "good", "circle-check"),
    "retiring": State(_("Retiring"), "wait", "clock"),
    "retired": State(_("Retired"), "mute", "history"),
    "revoked": State(_("Revoked"), "bad", "circle-x"),
    "expired": State(_("Expired"), "mute", "clock"),
    # credentials
    "passed": State(_("Passed"), "good", "circle-check"),
    "failed": State(_("Failed"), "bad", "circle-x"),
    "not_applicable": State(_("Does not apply"), "mute", "minus"),
    "not_yet_valid": State(_("Not valid yet"), "wait", "clock"),
    # names (EPP status values, RFC 5731)
    "ok": State(_("OK"), "good", "circle-check"),
    "clientHold": State(_("Held by its organization"), "wait", "lock"),
    "serverHold": State(_("Held by the registry"), "bad", "lock"),
    "clientTransferProhibited": State(_("Transfer locked"), "info", "lock"),
    "serverTransferProhibited": State(_("Transfer locked by the registry"), "wait", "lock"),
    "clientUpdateProhibited": State(_("Changes locked"), "info", "lock"),
    "serverUpdateProhibited": State(_("Changes locked by the registry"), "wait", "lock"),
    "pendingTransfer": State(_("Transfer pending"), "wait", "clock"),
    "pendingDelete": State(_("To be deleted"), "bad", "trash-2"),
    # domains and transfers
    "pending": State(_("Waiting"), "wait", "clock"),
    "proven": State(_("Proven"), "good", "badge-check"),
    "unreachable": State(_("Proven, unreachable now"), "wait", "triangle-alert"),
    "lost": State(_("Proof is gone"), "bad", "circle-x"),
    "approved": State(_("Approved"), "good", "circle-check"),
    "denied": State(_("Declined"), "bad", "circle-x"),
    "accepted": State(_("Accepted"), "good", "circle-check"),
    "cancelled": State(_("Cancelled"), "mute", "circle-x"),
    # credentials of other issuers, and what they hang on
    "watch.valid": State(_("Valid"), "good", "circle-check"),
    "watch.revoked": State(_("Revoked by its issuer"), "bad", "circle-x"),
    "watch.suspended": State(_("Suspended by its issuer"), "wait", "circle-pause"),
    "watch.expired": State(_("Expired"), "mute", "clock"),
    "watch.invalid": State(_("Not believable"), "bad", "triangle-alert"),
    "watch.unreachable": State(_("Issuer out of reach"), "wait", "triangle-alert"),
    "watch.stale": State(_("Not confirmed lately"), "wait", "history"),
    "watch.unchecked": State(_("Not checked yet"), "mute", "clock"),
    "source.fresh": State(_("Confirmed"), "good", "circle-check"),
    "source.stale": State(_("Too old"), "wait", "history"),
    "source.unreachable": State(_("Does not answer"), "wait", "triangle-alert"),
    "source.invalid": State(_("Not believable"), "bad", "circle-x"),
    "source.unchecked": State(_("Not asked yet"), "mute", "clock"),
    # cases
    "severity.grave": State(_("Grave"), "bad", "triangle-alert"),
    "severity.serious": State(_("Serious"), "wait", "circle-alert"),
    "severity.minor": State(_("Minor"), "info", "info"),
    "severity.none": State(_("Not weighed yet"), "mute", "minus"),
    "receiver.well": State(_("Takes events"), "good", "circle-check"),
    "receiver.failing": State(_("Does not answer"), "bad", "triangle-alert"),
    "receiver.polled": State(_("Read by its program"), "info", "inbox"),
    "receiver.new": State(_("Not confirmed yet"), "wait", "clock"),
    "receiver.paused": State(_("Paused"), "wait", "circle-pause"),
    "delivery.kept": State(_("To be read"), "info", "inbox"),
    "delivery.pending": State(_("Waits"), "wait", "clock"),
    "delivery.delivered": State(_("Taken"), "good", "circle-check"),
    "delivery.dead": State(_("Given up"), "bad", "circle-x"),
    "case.open": State(_("Open"), "wait", "scale"),
    "case.closed": State(_("Closed"), "mute", "check"),
    # reputation, never the tone alone: the number stands beside it
    "band.unknown": State(_("Not computed yet"), "mute", "circle-help"),
    "band.unproven": State(_("Unproven"), "mute", "circle-help"),
    "band.below_fair": State(_("Below fair"), "wait", "triangle-alert"),
    "band.fair": State(_("Fair"), "info", "scale"),
    "band.good": State(_("Good"), "good", "circle-check"),
    "band.strong": State(_("Strong"), "good", "shield-check"),
    "band.under_review": State(_("Under review"), "wait", "eye"),
    # measures of the registry and what became of them
    "sanction.in_force": State(_("In force"), "bad", "scale"),
    "sanction.proposed": State(_("Proposed"), "wait", "clock"),
    "sanction.lapsed": State(_("Lapsed"), "mute", "history"),
    "sanction.expired": State(_("Over"), "mute", "history"),
    "sanction.lifted": State(_("Lifted"), "good", "circle-check"),
    "sanction.overturned": State(_("Overturned on appeal"), "good", "circle-check"),
    "sanction.replaced": State(_("Replaced"), "mute", "refresh-cw"),
    "sanction.withdrawn": State(_("Withdrawn"), "mute", "circle-x"),
    # reports and appeals
    "report.received": State(_("Received"), "info", "inbox"),
    "report.in_case": State(_("Being looked into"), "wait", "clock"),
    "report.upheld": State(_("Upheld"), "good", "circle-check"),
    "report.dismissed": State(_("Not proven"), "mute", "minus"),
    "report.unfounded": State(_("Without ground"), "bad", "circle-x"),
    "appeal.open": State(_("Appeal open"), "wait", "clock"),
    "appeal.upheld": State(_("Measure stands"), "mute", "scale"),
    "appeal.overturned": State(_("Measure overturned"), "good", "circle-check"),
    "appeal.changed": State(_("Measure changed"), "info", "refresh-cw"),
    "contest.open": State(_("Contested"), "wait", "clock"),
    "contest.accepted": State(_("Taken out"), "good", "circle-check"),
    "contest.rejected": State(_("Stays"), "mute", "minus"),
    "appeal.withdrawn": State(_("Appeal withdrawn"), "mute", "circle-x"),
}


def state_of(name: str) -> State:
    """The state called ``name``; one nobody has worded yet is shown as it is, plainly."""
    return STATES.get(str(name)) or State(str(name), "mute", "info")
