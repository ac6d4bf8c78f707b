"""What operators fill in about measures and appeals. The ladder checks again; here its steps are laid out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from registry.web.forms.offered import offer
from registry.web.sanction_words import EFFECT_WORDS, MEASURE_WORDS, REASON_WORDS
from reputation.moderation.ladder import GROUNDS, LADDER, WIND_DOWN_DAYS_MAX, Level, Reason
from reputation.moderation.limits import END_REASON_LENGTH_MAX, FACTS_LENGTH_MAX
from reputation.moderation.models import Case, Finding, ReportKind
from reputation.moderation.opening import GRAVITY
from reputation.moderation.sanctions import Proposal

PROPOSE, EMERGENCY = "propose", "emergency"
EVIDENCE_LISTED_MAX = 100
_REASON_OF_KIND: dict[str, Reason] = {
    ReportKind.NON_PAYMENT: Reason.NON_PAYMENT,
    ReportKind.GOODS_MISUSE: Reason.GOODS_MISUSE,
    ReportKind.MANDATE_VIOLATION: Reason.MANDATE_VIOLATION,
    ReportKind.FRAUD: Reason.CONFIRMED_FRAUD,
    ReportKind.SERVICE_FAILURE: Reason.SERVICE_FAILURE,
    ReportKind.IMPERSONATION: Reason.IMPERSONATION,
    ReportKind.SPAM: Reason.SPAM,
    ReportKind.MALICIOUS_CARD: Reason.MALICIOUS_CARD,
}
_WAYS = (
    (PROPOSE, _("As the ladder says: in force once enough operators have signed")),
    (EMERGENCY, _("In an emergency: suspended at once, over after 72 hours unless a second operator signs")),
)


class MeasureForm(forms.Form):
    """One step of the ladder against the subject of ``case``, or against the organization that answers for it."""

    level = forms.TypedChoiceField(label=_("Measure"), coerce=int, widget=forms.RadioSelect)
    how = forms.ChoiceField(label=_("How"), choices=_WAYS, initial=PROPOSE, widget=forms.RadioSelect)
    reason = forms.ChoiceField(label=_("Reason"))
    facts = forms.CharField(
        label=_("Facts"),
        max_length=FACTS_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Published, and sent to everybody concerned: what happened and when, and no names."),
    )
    evidence = forms.MultipleChoiceField(
        label=_("Relied on"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("Named by its id only.")
    )
    days = forms.IntegerField(
        label=_("Days"), min_value=1, max_value=30, required=False, help_text=_("Empty: as long as the ladder says.")
    )
    wind_down_days = forms.IntegerField(
        label=_("Days to wind down"),
        min_value=0,
        max_value=WIND_DOWN_DAYS_MAX,
        required=False,
        help_text=_("Only for deplatforming, and only where nobody deceived: what was lent before may run on so long."),
    )

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        highest = Level.DEPLATFORMED if case.organization_id else Level.REVOKED
        levels = [level for level in Level if Level.NOTE < level <= highest]
        evidence = [(id, id) for id in evidence_of(case)]
        offer(self, "level", [(int(level), _level_words(level)) for level in levels])
        offer(self, "reason", [(reason.value, _reason_words(reason)) for reason in Reason])
        offer(self, "evidence", evidence)
        if not evidence:
            del self.fields["evidence"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("how") == EMERGENCY and given.get("level") not in (None, Level.SUSPENDED):
            self.add_error("how", _("Only a suspension can be imposed in an emergency."))
        return given

    @property
    def is_emergency(self) -> bool:
        return bool(self.cleaned_data["how"] == EMERGENCY)

    def proposal(self) -> Proposal:
        given = self.cleaned_data
        return Proposal(
            level=given["level"],
            reason=given["reason"],
            facts=given["facts"].replace("\r\n", "\n"),
            evidence=tuple(given.get("evidence") or ()),
            days=given["days"],
            wind_down_days=given["wind_down_days"] or 0,
        )


class EndForm(forms.Form):
    """Why a measure ends before its time, or a proposal is taken back."""

    why = forms.CharField(
        label=_("Why"),
        max_length=END_REASON_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Published with the measure; name nobody."),
    )


def likely(case: Case) -> dict[str, Any]:
    """What the form begins with: what the reports ask for, and those that were upheld."""
    upheld = list(case.reports.filter(finding=Finding.UPHELD).values_list("pk", "authorization")[:EVIDENCE_LISTED_MAX])
    gravest = sorted(case.reports.counted().values_list("kind", flat=True), key=lambda kind: -GRAVITY[kind])
    return {
        "level": case.level_proposed or None,
        "reason": _REASON_OF_KIND.get(gravest[0], Reason.REPORTS_FROM_SEVERAL) if gravest else None,
        "evidence": [id for row in upheld for id in row if id],
    }


def evidence_of(case: Case) -> list[str]:
    """Ids of the reports that speak against the subject and of the authorizations they name, the newest first."""
    reports = case.reports.counted().order_by("-id").values_list("pk", "authorization")
    found = [id for row in reports[:EVIDENCE_LISTED_MAX] for id in row if id]
    return list(dict.fromkeys(found))


def _level_words(level: Level) -> str:
    rung = LADDER[level]
    several = gettext("%(n)s signatures") % {"n": rung.signatures}
    signatures = several if rung.signatures > 1 else gettext("your signature")
    if rung.managers:
        signatures = gettext("%s, one of them a manager's") % signatures
    length = gettext("at most %s days") % rung.days_max if rung.has_end else gettext("without an end")
    return format_html(
        '<strong>{} · {}</strong> <span>{}</span> <span class="faint">{}, {}</span>',
        int(level),
        MEASURE_WORDS[rung.measure],
        EFFECT_WORDS[level],
        signatures,
        length,
    )


def _reason_words(reason: Reason) -> str:
    level = int(GROUNDS[reason].level_max)
    return gettext("%(words)s (up to level %(level)s)") % {"words": REASON_WORDS[reason], "level": level}
