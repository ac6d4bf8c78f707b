"""What a statement is asked for: a period, and what to leave out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from identity.primitives.ids import ID_LENGTH_MAX
from identity.spending.statement import Show
from registry.web.statement_period import DAYS_MAX, EARLIEST, LATEST, Period

SEARCH_LENGTH_MAX = 100
SELECTED = mark_safe(" selected")
_SHOW_WORDS = [
    ("", _("All purchases")),
    (Show.HELD.value, _("Still held")),
    (Show.CHARGED.value, _("Charged")),
    (Show.REFUNDED.value, _("Given back, in part or whole")),
    (Show.RELEASED.value, _("Released without a charge")),
]


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)],
    )


class LongSelect(forms.Select):
    """As any select, but its options are not a template each: a year has hundreds."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = self.format_value(value)
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            ((key, SELECTED if str(key) in chosen else "", words) for key, words in self.choices),
        )
        attributes = flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        return format_html("<select{}>\n{}\n</select>", attributes, options)


def _one_of(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=ID_LENGTH_MAX, widget=LongSelect())


class StatementForm(forms.Form):
    """Sent by GET. The choices are what the period has, so they are offered after it was read."""

    first = _day(_("From"))
    last = _day(_("Until and with"))
    agent = _one_of(_("Agent"))
    vendor = _one_of(_("Vendor"))
    kind = _one_of(_("Category"))
    show = forms.ChoiceField(label=_("Purchases"), required=False, choices=_SHOW_WORDS)
    currency = forms.CharField(required=False, max_length=3, widget=forms.HiddenInput())
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=SEARCH_LENGTH_MAX,
        widget=forms.TextInput(attrs={"type": "search"}),
        help_text=_("A name, an action, or the id of a purchase"),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        first, last = values.get("first"), values.get("last")
        if first and last and first > last:
            raise ValidationError({"last": _("The end is before the beginning.")})
        if first and last and (last - first).days >= DAYS_MAX:
            raise ValidationError({"last": _("A statement covers at most five years.")})
        return values

    def period(self, otherwise: Period, zone: tzinfo) -> Period:
        """What was asked for; ``otherwise`` unless both days stand and fit."""
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        return Period(first, last, zone) if first and last else otherwise

    def offer(self, name: str, everything: Any, choices: Iterable[tuple[str, str]]) -> None:
        """Fill a list; what was chosen before stays in it even where it is no longer among the first."""
        offered = list(choices)
        chosen = self.cleaned_data.get(name, "")
        if chosen and chosen not in dict(offered):
            offered.append((chosen, chosen))
        widget = self.fields[name].widget
        if isinstance(widget, forms.Select):
            widget.choices = [("", everything), *offered]
