"""What operators fill in when they decide an appeal, or answer a contested item."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from registry.web.forms.offered import offer
from registry.web.sanction_words import MEASURE_WORDS
from reputation.moderation.ladder import Level, rung_of
from reputation.moderation.limits import APPEAL_WORDS_LENGTH_MAX
from reputation.moderation.models import AppealOutcome, Sanction
from reputation.moderation.sanctions import Proposal
from reputation.scoring.limits import CONTEST_TEXT_LENGTH_MAX
from reputation.scoring.models import ContestState

OUTCOME_WORDS: dict[str, Any] = {
    AppealOutcome.UPHELD: _("The measure stands"),
    AppealOutcome.OVERTURNED: _("Overturned: it stands, and scores, exactly as if there had been no case"),
    AppealOutcome.CHANGED: _("Changed: a lesser measure takes its place"),
}


class AppealForm(forms.Form):
    """``level`` only for the outcome *changed*: an appeal never leads to a graver measure."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=list(OUTCOME_WORDS.items()), widget=forms.RadioSelect)
    level = forms.TypedChoiceField(
        label=_("If changed: the lesser measure"), coerce=int, required=False, empty_value=None
    )
    decision_words = forms.CharField(
        label=_("Why"),
        max_length=APPEAL_WORDS_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The appellant and whom the measure hits read it: say what you looked at, and name nobody."),
    )

    def __init__(self, *args: Any, sanction: Sanction, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sanction = sanction
        lesser = [level for level in Level if Level.NOTE < level < sanction.level]
        offered = [(int(level), f"{level} · {MEASURE_WORDS[rung_of(level).measure]}") for level in reversed(lesser)]
        offer(self, "level", [("", _("does not apply")), *offered])
        if not offered or not sanction.is_open:
            del self.fields["level"]
            outcomes = [(value, words) for value, words in OUTCOME_WORDS.items() if value != AppealOutcome.CHANGED]
            offer(self, "outcome", outcomes)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if (given.get("outcome") == AppealOutcome.CHANGED) != (given.get("level") is not None):
            raise ValidationError(_("A lesser measure belongs to the outcome changed, and only to it."))
        return given

    def lesser(self) -> Proposal | None:
        """The measure that takes the place of the appealed one, on the same reason and facts."""
        level = self.cleaned_data.get("level")
        if level is None:
            return None
        return Proposal(level=level, reason=self.sanction.reason, facts=self.sanction.facts)


class ContestForm(forms.Form):
    verdict = forms.ChoiceField(
        label=_("Verdict"),
        widget=forms.RadioSelect,
        choices=[
            (ContestState.REJECTED.value, _("The item stays")),
            (ContestState.ACCEPTED.value, _("The item is taken out: the score is as if it had never been there")),
        ],
    )
    contest_answer = forms.CharField(
        label=_("Why"),
        max_length=CONTEST_TEXT_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The organization reads it."),
    )
