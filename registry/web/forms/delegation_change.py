"""Limits that stand, opened for change: what the form can ask for is filled in, everything else stays as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from identity.accounts.models import Organization
from identity.delegation.constraints import (
    Categories,
    Constraint,
    Countries,
    Hours,
    PerPeriod,
    PerTransaction,
    Purpose,
    StepUp,
    Total,
)
from identity.delegation.constraints.lists import Payees
from identity.delegation.lending_bounds import Beyond, beyond
from identity.delegation.link import Terms
from identity.delegation.widening import widenings
from registry.web.forms.delegations import DAYS, HOURS, Claim, DelegationForm
from registry.web.forms.money_field import typed_amount
from registry.web.forms.offered import offer
from registry.web.shop_kinds import kinds_in

KEEP = "keep"
GROUPS = (
    ("amounts", ("no_money", "currency", "total", "per_purchase", "per_month")),
    ("where", ("kinds", "categories", "payees", "countries")),
    ("when", ("days", "hours", "timezone")),
    ("asking", ("ask_above", "ask_new_vendor", "ask_always", "approver_group", "max_further_depth", "purpose")),
)


class ChangeForm(DelegationForm):
    """The limits of one delegation. Its agent stays; another agent is another delegation."""

    def __init__(self, *args: Any, organization: Organization, terms: Terms, **kwargs: Any) -> None:
        self._terms = terms
        opened, self._kept = opened_limits(terms.constraints)
        opened |= {"max_further_depth": str(terms.max_further_depth), "days": KEEP}
        super().__init__(*args, organization=organization, initial=opened, **kwargs)
        del self.fields["agent"], self.fields["preset"]
        has_total = any(isinstance(limit, Total) for limit in terms.constraints)
        self.fields["total"].required = self.fields["total"].required and has_total
        until = date_format(terms.valid_until, "DATE_FORMAT")
        choices = [(KEEP, _("As now, until %(date)s") % {"date": until}), *DAYS]
        offer(self, "days", choices)
        depth = str(terms.max_further_depth)
        further: Any = self.fields["max_further_depth"]
        if depth not in dict(further.choices):
            further.choices = [*further.choices, (depth, depth)]

    def ends_at(self, at: datetime) -> datetime:
        return self._terms.valid_until if self.cleaned_data["days"] == KEEP else super().ends_at(at)

    def goes_beyond(self, constraints: tuple[Constraint, ...], at: datetime) -> tuple[Beyond, ...]:
        """Narrower limits are anybody's to set; wider ones are lent anew."""
        depth = int(self.cleaned_data.get("max_further_depth") or 0)
        new = replace(self._terms, constraints=constraints, valid_until=self.ends_at(at), max_further_depth=depth)
        new = replace(new, valid_from=at) if self.ends_at(at) > at else new
        return beyond(self.bounds, new) if widenings(self._terms, new) else ()

    def kept_claims(self) -> list[Claim]:
        return [limit.claim() for limit in self._kept]

    @property
    def kept(self) -> list[Constraint]:
        return self._kept

    @property
    def groups(self) -> list[tuple[str, list[Any]]]:
        return [(key, [self[name] for name in names if name in self.fields]) for key, names in GROUPS]


def opened_limits(limits: tuple[Constraint, ...]) -> tuple[dict[str, Any], list[Constraint]]:
    """Values of the form that say the same as ``limits``, and the limits that it has no field for."""
    values: dict[str, Any] = {"ask_new_vendor": False}
    kept = []
    for limit in limits:
        found = _opened(limit)
        currency = values.get("currency")
        clashes = found is None or any(name in values and name in found for name in _PLACES)
        if clashes or (currency and found and found.get("currency", currency) != currency):
            kept.append(limit)
        else:
            values |= found or {}
    return values, kept


# Whichever of these is filled by one limit, a second limit of the kind has no field left.
_PLACES = ("total", "no_money", "per_purchase", "per_month", "payees", "countries", "categories", "hours", "asks")


def _opened(limit: Constraint) -> dict[str, Any] | None:
    """The fields that one limit fills in; None when they cannot say all of it."""
    match limit:
        case Total(amount=0):
            return {"currency": limit.currency, "no_money": True}
        case Total(refund_restores=True):
            return {"currency": limit.currency, "total": typed_amount(limit.limit)}
        case PerTransaction(minimum=0):
            return {"currency": limit.currency, "per_purchase": typed_amount(limit.limit)}
        case PerPeriod(period="month", alignment="calendar"):
            return {"currency": limit.currency, "per_month": typed_amount(limit.limit), "timezone": limit.timezone}
        case Payees(deny=(), allow=tuple() as allow) if allow:
            return {"payees": ", ".join(allow)}
        case Countries(deny=(), allow=tuple() as allow) if allow:
            return {"countries": ", ".join(allow)}
        case Categories(deny=(), allow=tuple() as allow) if allow:
            kinds, left = kinds_in(allow)
            return {"kinds": kinds, "categories": ", ".join(left)}
        case Hours():
            return _opened_hours(limit)
        case StepUp(actions=(), categories=()) if limit.approvers != "issuer":
            above = {"ask_above": typed_amount(limit.amount_over)} if limit.amount_over else {}
            currency = {"currency": limit.amount_over.currency} if limit.amount_over else {}
            boxes = {"ask_new_vendor": limit.first_use_of_payee, "ask_always": limit.always}
            return {**above, **currency, **boxes, "approver_group": limit.group, "asks": True}
        case Purpose(tags=()):
            return {"purpose": limit.text}
    return None


def _opened_hours(limit: Hours) -> dict[str, Any] | None:
    windows = [window.claim() for window in limit.windows]
    key = next((key for key, (_words, known) in HOURS.items() if known and known == windows), None)
    return None if key is None else {"hours": key, "timezone": limit.timezone}
