"""What an organization says against a decision: an appeal against a measure, a contest of one item of a score."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from reputation.moderation.limits import APPEAL_WORDS_LENGTH_MAX
from reputation.scoring.limits import CONTEST_TEXT_LENGTH_MAX


class AppealForm(forms.Form):
    words = forms.CharField(
        label=_("Why it is wrong"),
        max_length=APPEAL_WORDS_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("What was overlooked or misread, and what shows it. Name ids of purchases where you can."),
    )


class ContestForm(forms.Form):
    text = forms.CharField(
        label=_("Why it should not count"),
        max_length=CONTEST_TEXT_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
