"""How much a role may lend: asked one currency a row, handed on as bounds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from identity.delegation.lending_bounds import FREE, NOTHING, Bounds, Ceiling
from identity.delegation.limits import LENDING_CEILINGS_MAX, LENDING_OPEN_MAX, VALID_DAYS_MAX
from identity.delegation.models import LendingWindow
from identity.primitives.errors import InvalidInput
from identity.primitives.money import EXPONENTS, Money
from registry.web.forms.delegations import CURRENCIES_FIRST
from registry.web.forms.money_field import read_amount, typed_amount
from registry.web.forms.offered import offer

HOW = (
    ("nothing", _("Nothing")),
    ("limits", _("Up to these limits, in each delegation")),
    ("free", _("Any amount, for any time")),
)
# Those that the guided form of a delegation can keep: it asks for an amount a month, and in total.
WINDOWS = (
    ("", _("none")),
    (LendingWindow.MONTH.value, _("a month")),
    (LendingWindow.YEAR.value, _("a year")),
)
ROWS_SPARE = 1


def _amount(label: Any) -> forms.CharField:
    widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
    return forms.CharField(label=label, max_length=20, required=False, widget=widget)


class CeilingForm(forms.Form):
    """One currency. A row without one is passed over."""

    currency = forms.ChoiceField(label=_("Currency"), required=False)
    per_purchase = _amount(_("In one purchase"))
    per_window = _amount(_("In a month or a year"))
    window = forms.ChoiceField(label=_("Month or year"), required=False, choices=WINDOWS)
    total = _amount(_("In total"))
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rest = sorted(set(EXPONENTS) - set(CURRENCIES_FIRST))
        offer(self, "currency", [("", _("none")), *((code, code) for code in (*CURRENCIES_FIRST, *rest))])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        currency = cleaned.get("currency")
        names = ("per_purchase", "per_window", "total")
        if not currency:
            if any(cleaned.get(name) for name in names):
                self.add_error("currency", _("Choose the currency of these amounts."))
            return cleaned
        amounts = {name: self._read(name, currency) for name in names}
        if self.errors:
            return cleaned
        if not any(amounts.values()):
            raise ValidationError(_("Say at least one amount of this currency."))
        if amounts["per_window"] and not cleaned.get("window"):
            self.add_error("window", _("Is this amount for a month or for a year?"))
        window = cleaned.get("window", "") if amounts["per_window"] else ""
        cleaned["ceiling"] = Ceiling(currency=currency, window=window, **amounts)
        return cleaned

    def _read(self, name: str, currency: str) -> int | None:
        text = self.cleaned_data.get(name)
        if not text:
            return None
        try:
            return read_amount(text, currency)
        except ValidationError as problem:
            self.add_error(name, problem)
            return None


class LendingRuleForm(forms.Form):
    """The rule of one role with the rows of its currencies."""

    how = forms.ChoiceField(label=_("May lend"), choices=HOW, widget=forms.RadioSelect)
    days_max = forms.IntegerField(
        label=_("For at most this many days"), required=False, min_value=1, max_value=VALID_DAYS_MAX
    )
    open_max = forms.IntegerField(
        label=_("Delegations of one person in force at one time"),
        required=False,
        min_value=1,
        max_value=LENDING_OPEN_MAX,
        help_text=_("With it, the amounts bound what one person can lend altogether."),
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=32, required=False)
    use_required_attribute = False

    def __init__(self, data: Any = None, *, bounds: Bounds) -> None:
        super().__init__(data, initial=_initial(bounds))
        count = min(len(bounds.ceilings) + ROWS_SPARE, LENDING_CEILINGS_MAX)
        rows = [_typed(ceiling) for ceiling in bounds.ceilings] + [{}] * count
        if data is not None:
            count = min(_int(data.get("rows")), LENDING_CEILINGS_MAX) or count
        self.rows = [
            CeilingForm(data, prefix=f"row{place}", initial=rows[place] if place < len(rows) else {})
            for place in range(count)
        ]

    def is_valid(self) -> bool:
        rows = [row.is_valid() for row in self.rows]  # each is asked, so that all errors are shown at once
        if not super().is_valid():
            return False
        if self.cleaned_data["how"] != "limits":
            return True
        return all(rows) and self._says_something()

    def bounds(self) -> Bounds:
        """Of a valid form."""
        if self.cleaned_data["how"] != "limits":
            return FREE if self.cleaned_data["how"] == "free" else NOTHING
        ceilings = [row.cleaned_data["ceiling"] for row in self.rows if "ceiling" in row.cleaned_data]
        return Bounds(
            may_lend=True,
            days_max=self.cleaned_data["days_max"],
            open_max=self.cleaned_data["open_max"],
            ceilings=tuple(sorted(ceilings, key=lambda each: each.currency)),
        )

    @property
    def has_faulty_rows(self) -> bool:
        return self.is_bound and any(row.errors for row in self.rows)

    def refuse(self, problem: InvalidInput) -> None:
        """What the rule itself says against it, at its field."""
        self.add_error(problem.field if problem.field in self.fields else None, problem.detail)

    def _says_something(self) -> bool:
        currencies = [row.cleaned_data["ceiling"].currency for row in self.rows if "ceiling" in row.cleaned_data]
        if len(set(currencies)) != len(currencies):
            self.add_error(None, _("Each currency has one row."))
        elif self.bounds().is_free:
            self.add_error("how", _("Say at least one limit, or choose one of the other two."))
        return not self.errors


def _initial(bounds: Bounds) -> dict[str, Any]:
    how = "nothing" if not bounds.may_lend else "free" if bounds.is_free else "limits"
    return {"how": how, "days_max": bounds.days_max, "open_max": bounds.open_max, "seen": bounds.fingerprint}


def _typed(ceiling: Ceiling) -> dict[str, str]:
    amounts = {"per_purchase": ceiling.per_purchase, "per_window": ceiling.per_window, "total": ceiling.total}
    shown = {
        name: typed_amount(Money(amount, ceiling.currency)) for name, amount in amounts.items() if amount is not None
    }
    return {"currency": ceiling.currency, "window": ceiling.window, **shown}


def _int(text: Any) -> int:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 4 else 0
