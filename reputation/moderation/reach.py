"""How far a measure reaches: the one set of queries behind the preview, the effect and the notices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from identity.accounts.models import Organization
from identity.agents.models import Agent, AgentStatus
from identity.delegation.models import Delegation, DelegationStatus
from identity.spending.models import Authorization, AuthorizationState
from reputation.moderation.models import Sanction

RECENT_VENDORS = timedelta(days=30)
SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody concerned, as a preview lists it: a typed id and a display name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class HeldAmount:
    """What is held open in one currency: how many authorizations and their sum in minor units."""

    currency: str
    count: int
    amount: int


@dataclass(frozen=True, slots=True)
class Reach:
    """What a measure touches now. ``agents`` are the sanctioned ones, ``sub_agents`` those that act by links below
    theirs, ``delegations`` the links that stop. The lists are cut at 50; the counts are whole."""

    agents: int
    sub_agents: int
    delegations: int
    open_holds: int
    held: tuple[HeldAmount, ...]
    principals: int
    vendors: int
    first_agents: tuple[Party, ...]
    first_sub_agents: tuple[Party, ...]
    first_principals: tuple[Party, ...]
    first_vendors: tuple[Party, ...]


def reach_of(subject: Agent | Organization, *, at: datetime) -> Reach:
    """What a measure against this agent, or against every agent of this organization, touches at ``at``."""
    agents = agents_of(subject)
    sub_agents = sub_agents_of(agents)
    holds = open_holds_of(agents)
    principals = principals_of(agents)
    vendors = vendors_of(agents, since=at - RECENT_VENDORS)
    held = holds.order_by("currency").values_list("currency").annotate(count=Count("pk"), amount=Sum("open"))
    return Reach(
        agents=agents.count(),
        sub_agents=sub_agents.count(),
        delegations=links_below(agents).count(),
        open_holds=holds.count(),
        held=tuple(HeldAmount(*row) for row in held),
        principals=principals.count(),
        vendors=vendors.count(),
        first_agents=_agents_shown(agents),
        first_sub_agents=_agents_shown(sub_agents),
        first_principals=tuple(Party(one.pk, one.name) for one in principals.order_by("id")[:SHOWN_MAX]),
        first_vendors=_agents_shown(vendors),
    )


def reach_of_sanction(sanction: Sanction, *, at: datetime) -> Reach:
    """What this sanction touches."""
    return reach_of(subject_of(sanction), at=at)


def subject_of(sanction: Sanction) -> Agent | Organization:
    """The agent, or the organization as a whole, that the sanction hits."""
    subject = sanction.agent or sanction.organization
    assert subject is not None  # sanction_is_about_somebody
    return subject


def agents_of(subject: Agent | Organization) -> QuerySet[Agent]:
    """The agents that a measure against ``subject`` hits: itself, or all that the organization answers for."""
    if isinstance(subject, Agent):
        return Agent.objects.filter(pk=subject.pk)
    return Agent.objects.filter(organization=subject).exclude(status=AgentStatus.DEACTIVATED)


def links_below(agents: QuerySet[Agent]) -> QuerySet[Delegation]:
    """Every link that is worth something only as long as these agents stand: theirs, and those below."""
    own = list(Delegation.objects.filter(agent__in=agents).values_list("pk", flat=True))
    return Delegation.objects.filter(path__overlap=own).exclude(status=DelegationStatus.REVOKED)


def sub_agents_of(agents: QuerySet[Agent]) -> QuerySet[Agent]:
    """Other agents that act by a link below one of theirs."""
    below = links_below(agents).values("agent")
    return Agent.objects.filter(pk__in=below).exclude(pk__in=agents.values("pk"))


def open_holds_of(agents: QuerySet[Agent]) -> QuerySet[Authorization]:
    """Authorizations that stand open on a link of these agents or on one below it."""
    return _dealings_of(agents).exclude(state=AuthorizationState.CLOSED)


def principals_of(agents: QuerySet[Agent]) -> QuerySet[Organization]:
    """Whoever is at the root of a living chain that runs through these agents, but for those who run them."""
    roots = links_below(agents).values("principal")
    runners = agents.exclude(organization=None).values("organization")
    return Organization.objects.filter(pk__in=roots).exclude(pk__in=runners)


def vendors_of(agents: QuerySet[Agent], *, since: datetime) -> QuerySet[Agent]:
    """Vendors that hold something open of these agents, or dealt with them since then."""
    recent = Q(created_at__gte=since) | ~Q(state=AuthorizationState.CLOSED)
    return Agent.objects.filter(pk__in=_dealings_of(agents).filter(recent).values("vendor"))


def organizations_of(agents: QuerySet[Agent]) -> Sequence[Organization]:
    """Who answers for these agents, each once."""
    return list(Organization.objects.filter(pk__in=agents.exclude(organization=None).values("organization")))


def _dealings_of(agents: QuerySet[Agent]) -> QuerySet[Authorization]:
    """Authorizations on a chain that runs through these agents: spent by them or by somebody below. The roots narrow
    it down to rows that an index finds."""
    own = list(Delegation.objects.filter(agent__in=agents).values_list("pk", "path"))
    roots = {path[0] for _, path in own}
    return Authorization.objects.filter(root__in=roots, path__overlap=[link for link, _ in own])


def _agents_shown(agents: QuerySet[Agent]) -> tuple[Party, ...]:
    return tuple(Party(one.pk, one.display_name) for one in agents.order_by("id")[:SHOWN_MAX])
