"""Delegations as cards: what an agent may do, has done and still can, at a glance. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from identity.accounts.amounts import amount_in_digits, count_in_digits
from identity.agents.models import Agent
from identity.delegation.constraints import Constraint, parse_constraints
from identity.delegation.models import Delegation, DelegationStatus, SetBy
from identity.delegation.standing import Standing, standings
from identity.primitives.money import Money
from identity.spending.usage import Usage, usages_of
from registry.web.delegation_view import WORDS, stops_of
from registry.web.limit_words import limit_words, plain_sentence, purpose_of
from reputation.scoring.models import AgentScore

ENDS_SOON = timedelta(days=7)
NEARLY_USED_PERCENT = 80


@dataclass(frozen=True, slots=True)
class Meter:
    """One counted limit as a page shows it: words beside a bar, so that the bar says nothing alone."""

    words: str
    used: str
    held: str
    captured: str
    cap: str
    left: str
    share: int
    """Used of the cap, 0 to 100."""
    held_share: int
    extra: str
    resets_at: datetime | None

    @property
    def bar(self) -> SafeString:
        """Captured, then held, of the whole: the words beside it say the same."""
        tone = " meter-high" if self.is_nearly_used else ""
        return format_html(
            '<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
            '<rect class="meter-track" width="100" height="8"/><rect class="meter-held{}" width="{}" height="8"/>'
            '<rect class="meter-captured{}" width="{}" height="8"/></svg>',
            tone,
            self.share,
            tone,
            max(0, self.share - self.held_share),
        )

    @property
    def is_nearly_used(self) -> bool:
        return self.share >= NEARLY_USED_PERCENT


@dataclass(frozen=True, slots=True)
class Card:
    """One delegation of a principal's, usually a root. ``last_used_at`` None: it has spent nothing yet."""

    delegation: Delegation
    standing: Standing
    sentence: str
    purpose: str
    meters: tuple[Meter, ...]
    last_used_at: datetime | None
    sub_agents: int
    band: str
    """Of the agent's reputation, a word of ``registry.web.states``."""
    ends_soon: bool
    has_ended: bool
    """By its own date."""

    @property
    def state(self) -> str:
        return WORDS[self.standing.status]

    @property
    def agent(self) -> Agent:
        return self.delegation.agent

    @property
    def is_paused(self) -> bool:
        return self.delegation.status == DelegationStatus.SUSPENDED

    @property
    def is_paused_by_principal(self) -> bool:
        return self.is_paused and self.delegation.status_set_by == SetBy.PRINCIPAL

    @property
    def is_over(self) -> bool:
        """Whether nothing about it can be paused, resumed or changed any more."""
        return self.has_ended or self.delegation.is_revoked

    @property
    def is_hers_to_resume(self) -> bool:
        """Whether it is paused, and not by the register: what that paused, only it lets go on."""
        return self.is_paused and self.delegation.status_set_by != SetBy.REGISTRY

    @property
    def stops(self) -> list[str]:
        """What stands in the way of a purchase, in words."""
        return stops_of(self.delegation, self.standing)

    @property
    def paused_by(self) -> str:
        """Who paused it, where that was not its principal."""
        words = {
            SetBy.REGISTRY: _("Paused by the register"),
            SetBy.ISSUER: _("Paused by whoever passed it on"),
            SetBy.HOLDER: _("Paused by the agent itself"),
        }
        return words.get(SetBy(self.delegation.status_set_by), "") if self.is_paused else ""


def cards_of(delegations: Sequence[Delegation], *, at: datetime) -> list[Card]:
    """A card for each; their agents and the organizations of those are expected to be read already."""
    standing, usage = standings(delegations, at=at), usages_of(delegations, at)
    roots = [each.pk for each in delegations if each.is_root]
    below = Delegation.objects.filter(root__in=roots, depth__gt=0).exclude(status=DelegationStatus.REVOKED)
    counts = dict(below.values_list("root").annotate(count=Count("pk")).order_by()) if roots else {}
    agents = [each.agent_id for each in delegations]
    bands = dict(AgentScore.objects.filter(agent__in=agents).values_list("agent", "band"))
    return [
        _card(each, standing[each.pk], usage[each.pk], counts.get(each.pk, 0), bands.get(each.agent_id, ""), at)
        for each in delegations
    ]


def meters_of(delegation: Delegation, usages: Sequence[Usage]) -> tuple[Meter, ...]:
    """A meter for each counted limit that has something to count; "no money at all" needs none."""
    words = {limit.id: limit_words(limit) for limit in _limits(delegation)}
    return tuple(_meter(usage, words[usage.constraint]) for usage in usages if usage.cap)


def _card(
    delegation: Delegation, standing: Standing, usages: Sequence[Usage], sub_agents: int, band: str, at: datetime
) -> Card:
    limits = _limits(delegation)
    used = [usage.last_used_at for usage in usages if usage.last_used_at is not None]
    return Card(
        delegation=delegation,
        standing=standing,
        sentence=plain_sentence(limits),
        purpose=purpose_of(limits),
        meters=meters_of(delegation, usages),
        last_used_at=max(used, default=None),
        sub_agents=sub_agents,
        band=f"band.{band or 'unproven'}",
        ends_soon=at < delegation.valid_until <= at + ENDS_SOON,
        has_ended=delegation.has_ended(at),
    )


def _limits(delegation: Delegation) -> tuple[Constraint, ...]:
    return parse_constraints(delegation.constraints)


def _meter(usage: Usage, words: str) -> Meter:
    def shown(amount: int) -> str:
        return amount_in_digits(Money(amount, usage.currency)) if usage.currency else count_in_digits(amount)

    counts_money = bool(usage.currency)
    return Meter(
        words=words,
        used=shown(usage.used),
        held=shown(usage.held) if counts_money and usage.held else "",
        captured=shown(usage.captured) if counts_money else "",
        cap=shown(usage.cap),
        left=shown(usage.remaining),
        share=_percent(usage.used, usage.cap),
        held_share=_percent(usage.held, usage.cap),
        extra=shown(usage.elevated) if usage.elevated else "",
        resets_at=usage.resets_at,
    )


def _percent(part: int, whole: int) -> int:
    return min(100, part * 100 // whole) if whole else 100
