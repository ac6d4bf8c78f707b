"""Purchases that somebody may imagine, decided by the rule that will decide the real ones.

Nothing is looked up but what the register knows of the agent: the budgets are empty, the shops are made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.accounts.amounts import amount_in_digits
from identity.agents.models import Agent
from identity.delegation.constraints import (
    Actions,
    Categories,
    Constraint,
    Countries,
    Hours,
    MoneyConstraint,
    PerPeriod,
    PerTransaction,
    StepUp,
    Total,
    VendorAssurance,
)
from identity.delegation.constraints.lists import Payees
from identity.delegation.decline_codes import DECLINE_CODES
from identity.delegation.facts import Refusal
from identity.delegation.link import ANY_VENDOR, Terms
from identity.primitives.money import Money, exponent_of
from identity.spending.chain import Chain, Link, compile_chain
from identity.spending.decision import BudgetSeen, Outcome, Seen, SpendRequest, VendorSeen, decide
from identity.spending.terms import terms_of
from identity.spending.underwriting import Terms as KnownOfAgent
from identity.spending.underwriting import ceiling_budget
from registry.web.shop_kinds import DEFAULT_CODE
from registry.web.templatetags.moments import clock_words

T = TypeVar("T", bound=Constraint)
EXAMPLES_MAX = 6
_KEY = "preview"
_ELSEWHERE = ("US", "JP", "BR")
_OTHER_CODES = ("7995", "5944", "5999")
TUESDAY, SUNDAY = 2, 7
# Of an agent that is not named yet: the register's own limit shall not stand in the way of the picture.
_ANY_AGENT = KnownOfAgent(assurance_level=3, band="strong", score=1_000)

_WHY = {
    "per_transaction_exceeded": gettext_lazy("more than allowed in one purchase"),
    "period_limit_exceeded": gettext_lazy("the limit of this period is used up"),
    "rolling_limit_exceeded": gettext_lazy("the limit of this window is used up"),
    "total_exceeded": gettext_lazy("more than allowed in total; only new limits can change that"),
    "count_exceeded": gettext_lazy("no purchase is left"),
    "velocity_exceeded": gettext_lazy("too many purchases in a short time"),
    "outside_hours": gettext_lazy("outside the hours you chose"),
    "country_not_allowed": gettext_lazy("not one of the countries you chose"),
    "category_not_allowed": gettext_lazy("not one of the kinds of shop you chose"),
    "payee_not_allowed": gettext_lazy("not one of the shops you chose"),
    "currency_not_allowed": gettext_lazy("your limits are in another currency"),
    "exposure_ceiling_exceeded": gettext_lazy("more than the register itself lets this agent spend in a day"),
    "risk_hold": gettext_lazy("the register throttles this agent"),
}


@dataclass(frozen=True, slots=True)
class Example:
    """``state`` is a word of ``registry.web.states``; ``answer`` says it in this place's own words."""

    words: str
    state: str
    answer: str
    why: str


@dataclass(frozen=True, slots=True)
class _Scene:
    """One imagined purchase. ``used_up`` is the id of a limit that nothing is left of."""

    amount: int
    words: str
    weekday: int = TUESDAY
    hour: int = 10
    is_new: bool = False
    country: str | None = None
    code: str | None = None
    is_other_shop: bool = False
    used_up: str = ""


@dataclass(frozen=True, slots=True)
class _Stage:
    """What all imagined purchases under some terms have in common."""

    terms: Terms
    chain: Chain
    known: KnownOfAgent
    vendor: VendorSeen
    currency: str
    zone: ZoneInfo
    at: datetime


def examples_of(terms: Terms, *, agent: Agent | None, at: datetime) -> list[Example]:
    """Up to six purchases under ``terms`` that show where they begin to ask and to refuse."""
    stage = _stage(terms, agent, at)
    told = [_tell(stage, scene) for scene in _scenes(stage)]
    return [example for example in told if example is not None][:EXAMPLES_MAX]


def ceiling_of(agent: Agent, *, at: datetime) -> Money:
    """What the register itself lets the agent spend in a day, whatever its principal allows."""
    return Money(terms_of(agent)[1].ceiling(None, at), "EUR")


def _stage(terms: Terms, agent: Agent | None, at: datetime) -> _Stage:
    limits = terms.constraints
    link = Link(
        id=_KEY,
        depth=0,
        digest="",
        agent=agent.pk if agent else _KEY,
        issuer_agent=None,
        holder_thumbprint=_KEY,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        is_reserved=False,
        audience=(ANY_VENDOR,),
        constraints=limits,
    )
    money = _first(limits, MoneyConstraint)
    hours, period = _first(limits, Hours), _first(limits, PerPeriod)
    zone = hours.timezone if hours else period.timezone if period else "UTC"
    return _Stage(
        terms=terms,
        chain=compile_chain([link], principal=_KEY, operators=[]),
        known=terms_of(agent)[1] if agent else _ANY_AGENT,
        vendor=_shop(limits),
        currency=money.currency if money else "EUR",
        zone=ZoneInfo(zone),
        at=at,
    )


def _shop(limits: Sequence[Constraint]) -> VendorSeen:
    """A shop that the lists allow, as far as they allow any."""
    payees, countries = _first(limits, Payees), _first(limits, Countries)
    categories, assurance = _first(limits, Categories), _first(limits, VendorAssurance)
    payee = payees.allow[0] if payees and payees.allow else "shop.example"
    code = categories.allow[0][:4] if categories and categories.allow else DEFAULT_CODE
    return VendorSeen(
        did=payee if payee.startswith("did:") else f"did:web:{payee}",
        status="active",
        mcc=code,
        country=countries.allow[0] if countries and countries.allow else "DE",
        domains=() if payee.startswith(("did:", "cluster:")) else (payee,),
        assurance_level=max(2, assurance.minimum if assurance else 0),
        cluster=payee.removeprefix("cluster:") if payee.startswith("cluster:") else "",
    )


def _scenes(stage: _Stage) -> list[_Scene]:
    """From what goes through to what does not."""
    limits, unit = stage.terms.constraints, 10 ** exponent_of(stage.currency)
    one, period = _first(limits, PerTransaction), _first(limits, PerPeriod)
    total, asks = _first(limits, Total), _first(limits, StepUp)
    over = asks.amount_over.amount if asks and asks.amount_over else None
    bounds = [each for each in (over, *(cap.amount for cap in (one, period, total) if cap)) if each is not None]
    small = _round(min([40 * unit, *(bound // 2 for bound in bounds)]), unit)
    scenes = [
        _Scene(small, _("at a shop it knows")),
        _Scene(small, _("at a new shop"), weekday=SUNDAY, hour=15, is_new=True),
    ]
    if over is not None:
        scenes.append(_Scene(over + unit, _("at a shop it knows")))
    if one is not None:
        scenes.append(_Scene(one.amount + unit, _("at a shop it knows")))
    elif total is not None:
        scenes.append(_Scene(total.amount + unit, _("at a shop it knows")))
    if period is not None:
        scenes.append(_Scene(small, _("when the period's limit is used up"), used_up=period.id))
    return [*scenes, *_elsewhere(limits, small)]


def _elsewhere(limits: Sequence[Constraint], amount: int) -> list[_Scene]:
    countries, categories, payees = _first(limits, Countries), _first(limits, Categories), _first(limits, Payees)
    scenes = []
    if countries is not None and countries.allow is not None:
        country = next(each for each in _ELSEWHERE if each not in countries.allow)
        scenes.append(_Scene(amount, _("at a shop in another country"), country=country))
    if categories is not None and categories.allow is not None:
        code = next((each for each in _OTHER_CODES if each not in categories.allow), _OTHER_CODES[0])
        scenes.append(_Scene(amount, _("at another kind of shop"), code=code))
    if payees is not None and payees.allow is not None:
        scenes.append(_Scene(amount, _("at another shop"), is_other_shop=True))
    return scenes


def _round(amount: int, unit: int) -> int:
    """Whole units where there are any."""
    return max(1, amount - amount % unit if amount >= unit else amount)


def _tell(stage: _Stage, scene: _Scene) -> Example | None:
    """None when the terms end before such a day comes."""
    moment = _next(scene.weekday, scene.hour, stage)
    if moment >= stage.terms.valid_until:
        return None
    outcome = _decide(stage, scene, moment)
    state, answer = {
        "approved": ("approved", _("Goes through")),
        "step_up_required": ("pending", _("Asks you")),
        "declined": ("denied", _("Is declined")),
    }[outcome.verdict]
    amount = amount_in_digits(Money(scene.amount, stage.currency))
    local = moment.astimezone(stage.zone)
    when = f"{date_format(local, 'l')} {clock_words(local)}"
    words = _("%(amount)s %(where)s, %(when)s") % {"amount": amount, "where": scene.words, "when": when}
    return Example(words, state, answer, "; ".join(dict.fromkeys(_why(one, stage, scene) for one in outcome.reasons)))


def _decide(stage: _Stage, scene: _Scene, moment: datetime) -> Outcome:
    vendor = stage.vendor
    if scene.is_other_shop:
        vendor = replace(vendor, did="did:web:other-shop.example", domains=("other-shop.example",), cluster="")
    vendor = replace(vendor, mcc=scene.code or vendor.mcc, country=scene.country or vendor.country)
    actions = _first(stage.terms.constraints, Actions)
    request = SpendRequest(
        vendor=vendor.did,
        action=actions.allow[0] if actions and actions.allow else "/commerce/pay/once",
        amount=scene.amount,
        hold=scene.amount,
        charge=scene.amount,
        currency=stage.currency,
        order_hash="",
        nonce="",
        binding_digest="",
        key_thumbprint=_KEY,
        at=moment,
        counted_at=moment,
        expires_at=moment,
    )
    agent = stage.chain.leaf.agent
    seen = Seen(
        links={_KEY: "active"},
        agents={agent: "active"},
        frozen=frozenset(),
        vendor=vendor,
        valid_keys=frozenset({_KEY}),
        terms=stage.known,
        is_first_use_of_payee=scene.is_new,
    )
    budgets = {ceiling_budget(agent, moment): BudgetSeen()}
    for counted in stage.chain.counted:
        used = counted.cap or 0 if counted.rule.id == scene.used_up else 0
        budgets[counted.budget_id(moment)] = BudgetSeen(captured=used)
    return decide(request, stage.chain, seen, budgets)


def _next(weekday: int, hour: int, stage: _Stage) -> datetime:
    """The next such hour on that zone's clock, within a week."""
    local = stage.at.astimezone(stage.zone)
    day = local.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(
        days=(weekday - local.isoweekday()) % 7
    )
    return (day if day > local else day + timedelta(days=7)).astimezone(stage.at.tzinfo)


def _why(reason: Refusal, stage: _Stage, scene: _Scene) -> str:
    if reason.code == "approval_required" and reason.link_depth >= 0:
        return _why_asked(_first(stage.terms.constraints, StepUp), scene)
    return str(_WHY.get(reason.code) or DECLINE_CODES[reason.code].sentence)


def _why_asked(rule: StepUp | None, scene: _Scene) -> str:
    if rule is None or rule.always:
        return _("you are asked every time")
    found = []
    if rule.amount_over is not None and scene.amount > rule.amount_over.amount:
        found.append(_("above %(amount)s") % {"amount": amount_in_digits(rule.amount_over)})
    if rule.first_use_of_payee and scene.is_new:
        found.append(_("at a shop not used before"))
    return "; ".join(found) or _("you are asked first")


def _first(limits: Sequence[Constraint], kind: type[T]) -> T | None:
    return next((limit for limit in limits if isinstance(limit, kind)), None)
