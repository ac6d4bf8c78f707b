"""What operators fill in about an insurance or a bond, once they have verified its certificate and who issued it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from identity.spending.reference_rates import CEILING_CURRENCY
from identity.spending.terms import Cover
from registry.web.forms.money_field import read_amount

INSURANCE, BOND = "insurance", "bond"
ACTIONS_MAX = 20
ACTION_LENGTH_MAX = 200
_MONO = {"class": "mono", "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class CoverForm(forms.Form):
    """An amount of 0 takes the cover away."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        widget=forms.RadioSelect,
        choices=[(INSURANCE, _("Insurance: pays for each occurrence")), (BOND, _("Bond: 80 % of it count"))],
    )
    amount = forms.CharField(
        label=_("Amount in EUR"), max_length=20, help_text=_("0 takes it away: it counts no longer from now on.")
    )
    by = forms.CharField(
        label=_("Who answers"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs=_MONO),
        help_text=_("The DID of the insurer or surety. You have verified it."),
    )
    certificate = forms.CharField(
        label=_("Certificate"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs=_MONO),
        help_text=_("The id of the credential that says so."),
    )
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    actions = forms.CharField(
        label=_("Covered actions"),
        required=False,
        max_length=2_000,
        help_text=_("Such as /commerce, with everything below; separate them by commas. A bond covers all."),
    )

    def clean_amount(self) -> int:
        text = str(self.cleaned_data["amount"]).strip()
        return 0 if text == "0" else read_amount(text, CEILING_CURRENCY)

    def clean_actions(self) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(self.cleaned_data["actions"].replace(",", " ").split()))
        if len(found) > ACTIONS_MAX or any(len(one) > ACTION_LENGTH_MAX or not one.startswith("/") for one in found):
            raise ValidationError(_("At most 20 actions; each begins with a slash, such as /commerce."))
        return found

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("amount"):
            for name in ("by", "certificate", "until"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, _("A cover names who answers for it, its certificate and its end."))
            if given.get("kind") == INSURANCE and not given.get("actions") and "actions" not in self.errors:
                self.add_error("actions", _("An insurance that covers no action covers nothing."))
        return given

    def cover(self) -> Cover | None:
        given = self.cleaned_data
        if not given["amount"]:
            return None
        day: date = given["until"]
        return Cover(
            amount=given["amount"],
            by=given["by"],
            certificate=given["certificate"],
            until=datetime.combine(day, time.max, tzinfo=UTC),
            actions=given["actions"] if given["kind"] == INSURANCE else (),
        )
