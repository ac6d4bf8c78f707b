"""One organization at a glance: what it has, what happened lately, and what a newcomer does next. All bounded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from identity.accounts.models import Organization, ServiceKey
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.agents.models import Agent, AgentStatus
from identity.journal.models import Event
from registry.directory.models import Domain, DomainState, Name, ResourceRecord
from registry.web.event_words import Happening, happening

AGENTS_SHOWN_MAX = 5
EVENTS_SHOWN_MAX = 8
COUNTED_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Tile:
    words: str
    symbol: str
    shown: str
    address: str


@dataclass(frozen=True, slots=True)
class Step:
    words: str
    why: str
    action: str
    address: str
    state: str
    """"done", "current" (the first one open) or "todo"."""


@dataclass(frozen=True, slots=True)
class Overview:
    agents: list[Agent]
    tiles: list[Tile]
    steps: list[Step]
    events: list[Happening]

    @property
    def steps_left(self) -> int:
        return sum(step.state != "done" for step in self.steps)


def overview_of(organization: Organization, *, role: str, at: datetime) -> Overview:
    """What the role may see: the latest events only with ``activity_read``."""
    may_read_activity = Permission.ACTIVITY_READ in ROLE_PERMISSIONS[role]
    agents = Agent.objects.filter(organization=organization).order_by("-id")[:AGENTS_SHOWN_MAX]
    counts = _counts(organization, at)
    return Overview(
        agents=list(agents),
        tiles=_tiles(organization, counts),
        steps=_steps(organization, counts),
        events=_events(organization) if may_read_activity else [],
    )


def _counts(organization: Organization, at: datetime) -> dict[str, int]:
    names = Name.objects.filter(organization=organization)
    rows: dict[str, Any] = {
        "agents": Agent.objects.filter(organization=organization).exclude(status=AgentStatus.DEACTIVATED),
        "names": names,
        "records": ResourceRecord.objects.filter(name__in=names),
        "domains": Domain.objects.filter(
            organization=organization, state__in=[DomainState.PROVEN, DomainState.UNREACHABLE]
        ),
        "service_keys": ServiceKey.objects.filter(organization=organization, revoked_at=None).filter(
            Q(expires_at=None) | Q(expires_at__gt=at)
        ),
    }
    return {called: found.order_by()[: COUNTED_MAX + 1].count() for called, found in rows.items()}


def _tiles(organization: Organization, counts: dict[str, int]) -> list[Tile]:
    return [
        Tile(words, symbol, _shown(counts[called]), address_of(f"console_{called}", organization))
        for called, words, symbol in (
            ("agents", _("Agents"), "bot"),
            ("names", _("Names"), "tag"),
            ("domains", _("Proven domains"), "globe"),
            ("service_keys", _("Service keys"), "key-round"),
        )
    ]


def _steps(organization: Organization, counts: dict[str, int]) -> list[Step]:
    wanted = (
        (
            "agents",
            _("Register an agent"),
            _("It proves that it holds its key by signing a challenge; the private key stays with you."),
            "console_agent_register",
        ),
        ("names", _("Give it a name"), _("A name such as concierge.acme is what others ask for."), "console_names"),
        (
            "records",
            _("Say where it can be reached"),
            _("Its A2A card, MCP endpoint or web page stand on the name as records."),
            "console_names",
        ),
        (
            "domains",
            _("Prove a domain"),
            _("Then everybody sees that the holder of your domain answers for your agents."),
            "console_domains",
        ),
        (
            "service_keys",
            _("Let your programs in"),
            _("A service key lets them register agents and change records through the API."),
            "console_service_keys",
        ),
    )
    steps: list[Step] = []
    for called, words, why, page in wanted:
        is_first_open = not counts[called] and all(step.state == "done" for step in steps)
        state = "done" if counts[called] else "current" if is_first_open else "todo"
        steps.append(Step(words, why, words, address_of(page, organization), state))
    return steps


def _events(organization: Organization) -> list[Happening]:
    events = list(Event.objects.filter(organization=organization.pk).order_by("-id")[:EVENTS_SHOWN_MAX])
    agents = Agent.objects.filter(pk__in={event.subject for event in events}, organization=organization)
    called = dict(agents.values_list("id", "display_name"))
    return [happening(event, about=called.get(event.subject, "")) for event in events]


def _shown(count: int) -> str:
    return f"{count:,}" if count <= COUNTED_MAX else _("more than %s") % f"{COUNTED_MAX:,}"


def address_of(page: str, organization: Organization) -> str:
    try:
        return reverse(page, args=[organization.pk])
    except NoReverseMatch:
        return ""
