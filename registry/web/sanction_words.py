"""Measures of the ladder and the reasons for them, in words: for the desk and for everybody's pages alike."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from reputation.moderation.ladder import Level, Measure, Reason

MEASURE_WORDS: dict[str, Any] = {
    Measure.NOTE: _("Note to the organization"),
    Measure.UNDER_REVIEW: _("Public label: under review"),
    Measure.THROTTLE: _("Throttled"),
    Measure.SUSPENSION: _("Suspended by the registry"),
    Measure.REVOCATION: _("Revoked by the registry"),
    Measure.DEPLATFORMING: _("Organization deplatformed"),
}

EFFECT_WORDS: dict[int, Any] = {
    Level.NOTE: _("The organization is told. Nobody else learns of it, and nothing is limited."),
    Level.UNDER_REVIEW: _("Everybody reads that it is under review; its score is hidden for as long."),
    Level.THROTTLED: _("A single purchase is limited to a quarter of before, and a human is asked about each one."),
    Level.SUSPENDED: _("It can spend nothing, and every resolver says so. Its names and keys stay, and are held."),
    Level.REVOKED: _("It has ended: its keys speak for nobody. Only an appeal brings it back."),
    Level.DEPLATFORMED: _(
        "All its agents are revoked. Its keys, domains, legal id and owners are barred for two years at least."
    ),
}

REASON_WORDS: dict[str, Any] = {
    Reason.REPORTS_OPENED: _("A complaint was opened"),
    Reason.REPORTS_FROM_SEVERAL: _("Several independent parties reported it"),
    Reason.DISPUTE_RATIO: _("Too large a share of its purchases is disputed"),
    Reason.NON_PAYMENT: _("It did not pay what it ordered"),
    Reason.GOODS_MISUSE: _("It misused goods or services"),
    Reason.SERVICE_FAILURE: _("It did not do what it promised"),
    Reason.MANDATE_VIOLATION: _("It went beyond its authority"),
    Reason.CONFIRMED_FRAUD: _("Fraud, confirmed"),
    Reason.KEY_COMPROMISE: _("Its key is in other hands"),
    Reason.IMPERSONATION: _("It passed itself off as somebody else"),
    Reason.SPAM: _("It sent what nobody asked for"),
    Reason.MALICIOUS_CARD: _("Its card or endpoint does harm"),
    Reason.REPEATED_VIOLATION: _("It did again what a measure was taken for"),
    Reason.SANCTIONS_LIST: _("It is on a sanctions list"),
    Reason.PATTERN_ACROSS_AGENTS: _("Several agents of the organization did the same"),
    Reason.EVASION: _("It tried to get around a measure"),
    Reason.LYING_TO_REGISTRY: _("The registry was told what is not true"),
    Reason.LEGAL_ORDER: _("A court or an authority ordered it"),
    Reason.ASSOCIATION: _("It shares its hands with a sanctioned party"),
}
