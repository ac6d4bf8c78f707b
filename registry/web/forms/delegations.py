"""Who may spend how much, where and until when: asked as a person thinks of it, handed on as constraints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from identity.accounts.models import Organization, OrganizationKind
from identity.agents.models import Agent, AgentStatus
from identity.delegation.constraints import CONSTRAINTS_MAX, Constraint, parse_constraints
from identity.delegation.constraints.lists import Countries, Payees
from identity.delegation.lending_bounds import FREE, Beyond, Bounds, Excess, beyond
from identity.delegation.link import Terms
from identity.primitives.clock import now
from identity.primitives.errors import InvalidInput
from identity.primitives.money import EXPONENTS, exponent_of
from registry.resolution.keys import canonical_key
from registry.resolution.state import find_agents
from registry.web.forms.money_field import read_amount
from registry.web.forms.offered import offer
from registry.web.lending_words import beyond_words
from registry.web.presets import PRESETS, Preset
from registry.web.shop_kinds import KINDS, codes_of

CURRENCIES_FIRST = ("EUR", "USD", "GBP", "CHF", "JPY", "SEK", "DKK", "NOK", "PLN", "CZK", "CAD", "AUD")
OWN_AGENTS_SHOWN_MAX = 200
HOURS: dict[str, tuple[Any, list[dict[str, str]]]] = {
    "": (_("At any time"), []),
    "day": (_("In the daytime, 7 to 22 o'clock"), [{"days": "1-7", "from": "07:00", "to": "22:00"}]),
    "work": (_("On working days, 7 to 20 o'clock"), [{"days": "1-5", "from": "07:00", "to": "20:00"}]),
    "weekend": (_("At weekends"), [{"days": "6-7", "from": "00:00", "to": "24:00"}]),
}
DAYS = (("7", _("A week")), ("30", _("30 days")), ("90", _("90 days")), ("365", _("A year")))
FURTHER = (
    ("0", _("No: it may not pass anything on")),
    ("1", _("Yes, once: its own sub-agents may act")),
    ("2", _("Yes, twice")),
    ("3", _("Yes, three times")),
)
AMOUNTS = ("total", "per_purchase", "per_month", "ask_above")
# The field whose answer a limit comes from, where the two have different names.
_ASKED_BY = {
    "per_period": "timezone",
    "hours": "timezone",
    "step_up": "ask_above",
    "per_transaction": "per_purchase",
}
# The field whose answer goes beyond what somebody may lend.
_BOUND_BY = {
    Excess.CURRENCY: "currency",
    Excess.PER_PURCHASE: "per_purchase",
    Excess.PER_WINDOW: "per_month",
    Excess.DAYS: "days",
}
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
    purpose = forms.CharField(
        label=_("What for"),
        required=False,
        max_length=280,
        help_text=_("Stands in what you sign; everybody who checks the delegation can read it."),
    )
    preset = forms.ChoiceField(label=_("Begin with"), required=False, widget=forms.RadioSelect)
    no_money = forms.BooleanField(label=_("No money: it acts for you, but buys nothing"), required=False)
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
        label=_("Time zone of months and hours"), max_length=40, initial="UTC", help_text=_("Such as Europe/Berlin.")
    )
    hours = forms.ChoiceField(
        label=_("When may it buy?"), required=False, choices=[(key, words) for key, (words, _windows) in HOURS.items()]
    )
    kinds = forms.MultipleChoiceField(
        label=_("Only at these kinds of shop"),
        required=False,
        choices=[(kind, words) for kind, (words, _codes, _example) in KINDS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: any kind."),
    )
    ask_always = forms.BooleanField(label=_("Ask me before every purchase"), required=False)
    ask_above = forms.CharField(label=_("Ask me first above"), max_length=20, required=False, widget=_decimal())
    ask_new_vendor = forms.BooleanField(label=_("Ask me first at a shop not used before"), required=False, initial=True)
    approver_group = forms.ChoiceField(
        label=_("Who is asked"),
        required=False,
        help_text=_("With a group, so many of its people have to agree; you, who lend this, are not one of them."),
    )
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
        label=_("Further kinds, by code"),
        required=False,
        max_length=600,
        help_text=_("Merchant category codes such as 5734 or 5045-5046."),
    )
    max_further_depth = forms.ChoiceField(label=_("May it pass this on?"), choices=FURTHER, initial="0")
    days = forms.ChoiceField(label=_("For how long"), choices=DAYS, initial="30")
    use_required_attribute = False  # what is missing is said by the step that asks for it

    def __init__(
        self,
        *args: Any,
        organization: Organization,
        bounds: Bounds = FREE,
        presets: Mapping[str, Preset] = PRESETS,
        **kwargs: Any,
    ) -> None:
        """``bounds`` are what whoever fills it in may lend."""
        super().__init__(*args, **kwargs)
        self.bounds = bounds
        offer(self, "preset", [(key, _told(each)) for key, each in presets.items()])
        self.fields["total"].required = not (self.is_bound and self.data.get("no_money"))
        rest = sorted(set(EXPONENTS) - set(CURRENCIES_FIRST))
        offer(self, "currency", [(code, code) for code in (*CURRENCIES_FIRST, *rest)])
        self._offer_groups(organization)
        own = organization.agents.filter(status=AgentStatus.ACTIVE).order_by("display_name")[:OWN_AGENTS_SHOWN_MAX]
        self.own_agents = list(own)

    def _offer_groups(self, organization: Organization) -> None:
        """Who is asked is a question only where an organization has made groups of approvers."""
        is_team = organization.kind == OrganizationKind.ORGANIZATION
        groups = organization.approver_groups.order_by("name") if is_team else []
        choices = [(group.pk, _("%s agrees together") % group.name) for group in groups]
        if choices:
            anybody = ("", _("Anybody here whose role answers; one yes is enough"))
            offer(self, "approver_group", [anybody, *choices])
        else:
            del self.fields["approver_group"]

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
            amounts = {name: self._amount(name, currency) for name in AMOUNTS}
            if not set(self.errors) - {"agent"}:  # the picture of the limits needs no agent
                cleaned["constraints"] = self._constraints(cleaned, currency, amounts)
            if not set(self.errors) - {"agent"}:
                self._hold_to_bounds(cleaned["constraints"])
        return cleaned

    def goes_beyond(self, constraints: tuple[Constraint, ...], at: datetime) -> tuple[Beyond, ...]:
        """Where these limits go beyond what whoever fills it in may lend."""
        return beyond(self.bounds, Terms(constraints=constraints, valid_from=at, valid_until=self.ends_at(at)))

    def ends_at(self, at: datetime) -> datetime:
        return at + timedelta(days=int(self.cleaned_data["days"]))

    def kept_claims(self) -> list[Claim]:
        """Limits besides those that this form asks for."""
        return []

    def _hold_to_bounds(self, claims: list[Claim]) -> None:
        for each in self.goes_beyond(parse_constraints(claims), now()):
            name = _BOUND_BY.get(each.excess, "total")
            name = "total" if name == "per_month" and each.ceiling and each.ceiling.window == "year" else name
            self.add_error(name if name in self.fields else None, beyond_words(each, self.bounds))

    def _amount(self, name: str, currency: str) -> int | None:
        text = self.cleaned_data.get(name)
        if not text:
            return None
        try:
            return read_amount(text, currency)
        except ValidationError as problem:
            self.add_error(name, problem)
            return None

    def _constraints(self, cleaned: Claim, currency: str, amounts: dict[str, int | None]) -> list[Claim]:
        money = {"currency": currency, "exponent": exponent_of(currency)}
        if cleaned["no_money"]:
            claims: list[Claim] = [{"type": "total", "amount": 0, **money}]
        else:
            claims = [
                *self._amount_claims(cleaned, money, amounts),
                *self._place_claims(cleaned),
                *self._asking_claims(cleaned, money, amounts),
            ]
        if cleaned["purpose"]:
            claims.append({"type": "purpose", "text": cleaned["purpose"]})
        claims += self.kept_claims()
        claims = [{**claim, "id": f"L{place}"} for place, claim in enumerate(claims[:CONSTRAINTS_MAX], 1)]
        for claim in claims:
            self._check(claim)
        return claims

    def _amount_claims(self, cleaned: Claim, money: Claim, amounts: dict[str, int | None]) -> list[Claim]:
        claims: list[Claim] = []
        if amounts["total"]:
            claims.append({"type": "total", "amount": amounts["total"], **money, "refundRestores": True})
        if amounts["per_purchase"]:
            claims.append({"type": "per_transaction", "max": amounts["per_purchase"], **money})
        if amounts["per_month"]:
            month = {"period": "month", "alignment": "calendar", "timezone": cleaned["timezone"]}
            claims.append({"type": "per_period", "amount": amounts["per_month"], **money, **month})
        return claims

    def _place_claims(self, cleaned: Claim) -> list[Claim]:
        lists = {name: [item for item in _SPLIT.split(cleaned[name]) if item] for name in ("payees", "countries")}
        codes = [code for kind in cleaned["kinds"] for code in codes_of(kind)]
        codes += [item for item in _SPLIT.split(cleaned["categories"]) if item and item not in codes]
        found = {**lists, "categories": codes}
        claims: list[Claim] = [
            {"type": kind, "allow": list(dict.fromkeys(_spelled(kind, item) for item in items))}
            for kind, items in found.items()
            if items
        ]
        if windows := HOURS[cleaned["hours"]][1]:
            claims.append({"type": "hours", "timezone": cleaned["timezone"], "windows": windows})
        return claims

    def _asking_claims(self, cleaned: Claim, money: Claim, amounts: dict[str, int | None]) -> list[Claim]:
        when: Claim = {"amountOver": amounts["ask_above"], **money} if amounts["ask_above"] else {}
        if cleaned["ask_new_vendor"]:
            when["firstUseOfPayee"] = True
        if cleaned["ask_always"]:
            when["always"] = True
        group = cleaned.get("approver_group")
        if group and not when:
            self.add_error("approver_group", _("Say when it must ask first, or the group is never asked."))
        return [{"type": "step_up", "when": when, "approvers": group or "principal"}] if when else []

    def _check(self, claim: dict[str, Any]) -> None:
        """The rule itself judges each limit, so that form and API never disagree; what it says goes to the field."""
        try:
            parse_constraints([claim])
        except InvalidInput as refusal:
            fields = {
                "per_period": "timezone",
                "step_up": "ask_above",
                "per_transaction": "per_purchase",
                "hours": "timezone",
            }
            name = fields.get(claim["type"], claim["type"])
            self.add_error(name if name in self.fields else None, refusal.detail)


def _told(preset: Preset) -> SafeString:
    words, hint, by = preset.words, preset.hint, preset.offered_by
    tag = format_html(' <span class="tag">{}</span>', by) if by else ""
    return format_html('<span class="choice-text"><strong>{}{}</strong><small>{}</small></span>', words, tag, hint)


def _spelled(kind: str, item: str) -> str:
    """Codes and domains in their one spelling, whatever case they were typed in."""
    if kind == Countries.kind:
        return item.upper()
    return item.lower() if kind == Payees.kind and not item.startswith("did:") else item
