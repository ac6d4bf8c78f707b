"""Who may spend how much, where and until when: asked as a person thinks of it, handed on as constraints."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from identity.accounts.models import Organization
from identity.agents.models import Agent, AgentStatus
from identity.delegation.constraints import CONSTRAINTS_MAX, parse_constraints
from identity.delegation.constraints.lists import Countries, Payees
from identity.primitives.clock import now
from identity.primitives.errors import InvalidInput
from identity.primitives.money import EXPONENTS, exponent_of
from registry.resolution.keys import canonical_key
from registry.resolution.state import find_agents
from registry.web.forms.money_field import read_amount

CURRENCIES_FIRST = ("EUR", "USD", "GBP", "CHF", "JPY", "SEK", "DKK", "NOK", "PLN", "CZK", "CAD", "AUD")
OWN_AGENTS_SHOWN_MAX = 200
DAYS = (("7", _("A week")), ("30", _("30 days")), ("90", _("90 days")), ("365", _("A year")))
FURTHER = (
    ("0", _("No: it may not pass anything on")),
    ("1", _("Yes, once: its own sub-agents may act")),
    ("2", _("Yes, twice")),
    ("3", _("Yes, three times")),
)
AMOUNTS = ("total", "per_purchase", "per_month", "ask_above")
_SPLIT = re.compile(r"[,;\s]+")


Claim = dict[str, Any]


def _decimal() -> forms.TextInput:
    """Phones show digits for it."""
    return forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})


class DelegationForm(forms.Form):
    """The guided form of a root. ``cleaned_data`` carries ``agent`` and ``constraints`` (claims) when it is valid."""

    agent = forms.CharField(
        label=_("Agent"),
        max_length=300,
        help_text=_("Its name or DID. Yours are offered as you type; it may be anybody's."),
        widget=forms.TextInput(attrs={"list": "own-agents", "autocomplete": "off", "spellcheck": "false"}),
    )
    currency = forms.ChoiceField(label=_("Currency"), choices=())
    total = forms.CharField(label=_("In total, at most"), max_length=20, widget=_decimal())
    per_purchase = forms.CharField(
        label=_("In one purchase, at most"),
        max_length=20,
        required=False,
        widget=_decimal(),
    )
    per_month = forms.CharField(
        label=_("In a calendar month, at most"),
        max_length=20,
        required=False,
        widget=_decimal(),
    )
    timezone = forms.CharField(
        label=_("Time zone of the month"), max_length=40, initial="UTC", help_text=_("Such as Europe/Berlin.")
    )
    ask_above = forms.CharField(label=_("Ask me first above"), max_length=20, required=False, widget=_decimal())
    ask_new_vendor = forms.BooleanField(label=_("Ask me first at a shop not used before"), required=False, initial=True)
    payees = forms.CharField(
        label=_("Only at these shops"),
        required=False,
        max_length=4_000,
        help_text=_("Proven domains or DIDs, separated by commas. Empty: any verified shop."),
    )
    countries = forms.CharField(
        label=_("Only in these countries"),
        required=False,
        max_length=400,
        help_text=_("Two-letter codes such as DE, FR. The shop's verified country counts."),
    )
    categories = forms.CharField(
        label=_("Only these kinds of shop"),
        required=False,
        max_length=600,
        help_text=_("Merchant category codes such as 5734 or 5045-5046."),
    )
    max_further_depth = forms.ChoiceField(label=_("May it pass this on?"), choices=FURTHER, initial="0")
    days = forms.ChoiceField(label=_("For how long"), choices=DAYS, initial="30")
    purpose = forms.CharField(label=_("What for"), required=False, max_length=280)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rest = sorted(set(EXPONENTS) - set(CURRENCIES_FIRST))
        self.fields["currency"].choices = [(code, code) for code in (*CURRENCIES_FIRST, *rest)]  # type: ignore[attr-defined]
        own = organization.agents.filter(status=AgentStatus.ACTIVE).order_by("display_name")[:OWN_AGENTS_SHOWN_MAX]
        self.own_agents = list(own)

    def clean_agent(self) -> Agent:
        try:
            key = canonical_key(self.cleaned_data["agent"].strip())
        except InvalidInput as refusal:
            raise ValidationError(refusal.detail, code=refusal.code) from refusal
        found = find_agents([key], now())[key]
        agent = Agent.objects.filter(pk=found).first() if isinstance(found, str) else None
        if agent is None:
            raise ValidationError(_("The register knows no such agent."), code="agent_unknown")
        return agent

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        currency = cleaned.get("currency")
        if currency:
            amounts = {
                name: self._amount(name, currency) for name in ("total", "per_purchase", "per_month", "ask_above")
            }
            if not self.errors:
                cleaned["constraints"] = self._constraints(cleaned, currency, amounts)
        return cleaned

    def valid_for(self) -> timedelta:
        return timedelta(days=int(self.cleaned_data["days"]))

    def _amount(self, name: str, currency: str) -> int | None:
        text = self.cleaned_data.get(name)
        if not text:
            return None
        try:
            return read_amount(text, currency)
        except ValidationError as problem:
            self.add_error(name, problem)
            return None

    def _constraints(
        self, cleaned: dict[str, Any], currency: str, amounts: dict[str, int | None]
    ) -> list[dict[str, Any]]:
        money = {"currency": currency, "exponent": exponent_of(currency)}
        claims: list[dict[str, Any]] = [{"type": "total", "amount": amounts["total"], **money, "refundRestores": True}]
        if amounts["per_purchase"]:
            claims.append({"type": "per_transaction", "max": amounts["per_purchase"], **money})
        if amounts["per_month"]:
            month = {"period": "month", "alignment": "calendar", "timezone": cleaned["timezone"]}
            claims.append({"type": "per_period", "amount": amounts["per_month"], **money, **month})
        for name, kind in (("payees", "payees"), ("countries", "countries"), ("categories", "categories")):
            if items := [item for item in _SPLIT.split(cleaned[name]) if item]:
                claims.append({"type": kind, "allow": [_spelled(kind, item) for item in items]})
        when: dict[str, Any] = {}
        if amounts["ask_above"]:
            when |= {"amountOver": amounts["ask_above"], **money}
        if cleaned["ask_new_vendor"]:
            when["firstUseOfPayee"] = True
        if when:
            claims.append({"type": "step_up", "when": when, "approvers": "principal"})
        if cleaned["purpose"]:
            claims.append({"type": "purpose", "text": cleaned["purpose"]})
        claims = [{"id": f"L{place}", **claim} for place, claim in enumerate(claims[:CONSTRAINTS_MAX], 1)]
        for claim in claims:
            self._check(claim)
        return claims

    def _check(self, claim: dict[str, Any]) -> None:
        """The rule itself judges each limit, so that form and API never disagree; what it says goes to the field."""
        try:
            parse_constraints([claim])
        except InvalidInput as refusal:
            fields = {"per_period": "timezone", "step_up": "ask_above", "per_transaction": "per_purchase"}
            name = fields.get(claim["type"], claim["type"])
            self.add_error(name if name in self.fields else None, refusal.detail)


def _spelled(kind: str, item: str) -> str:
    """Codes and domains in their one spelling, whatever case they were typed in."""
    if kind == Countries.kind:
        return item.upper()
    return item.lower() if kind == Payees.kind and not item.startswith("did:") else item
