"""One organization at a glance: what it has, what happened lately, and what a newcomer does next. All bounded."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, IntegerField, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.accounts.amounts import count_in_digits
from identity.accounts.models import Organization, OrganizationKind, ServiceKey
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.agents.models import Agent, AgentStatus
from identity.delegation.models import Delegation
from identity.journal.models import Event
from registry.directory.models import Domain, DomainState, Name, ResourceRecord
from registry.web.event_words import Happening, happening
from registry.web.sections import address_of

AGENTS_SHOWN_MAX = 5
EVENTS_SHOWN_MAX = 8
COUNTED_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Tile:
    words: Any
    symbol: str
    shown: str
    address: str


@dataclass(frozen=True, slots=True)
class Step:
    words: Any
    why: Any
    address: str
    state: str
    """"done", "current" (the first one open) or "todo"."""


@dataclass(frozen=True, slots=True)
class Overview:
    agents: list[Agent]
    tiles: list[Tile]
    steps: list[Step]
    events: list[Happening]
    may_register: bool
    has_lent: bool
    """Whether it ever lent authority over anything but the sandbox's play money."""

    @property
    def steps_left(self) -> int:
        return sum(step.state != "done" for step in self.steps)


def overview_of(organization: Organization, *, role: str, at: datetime) -> Overview:
    """What the role may see and do: the latest events only with ``activity_read``, only steps it can take."""
    permitted = ROLE_PERMISSIONS[role]
    agents = Agent.objects.filter(organization=organization).order_by("-id")[:AGENTS_SHOWN_MAX]
    counts = _counts(organization, at)
    return Overview(
        agents=list(agents),
        tiles=_tiles(organization, counts, permitted),
        steps=_steps(organization, counts, permitted),
        events=_events(organization) if Permission.ACTIVITY_READ in permitted else [],
        may_register=Permission.AGENTS_WRITE in permitted,
        has_lent=counts["lent"] > 0,
    )


def _counts(organization: Organization, at: datetime) -> dict[str, int]:
    """Of each kind how many there are, up to one beyond ``COUNTED_MAX``, in one query; of "lent" whether any."""
    lent = Delegation.objects.filter(principal=organization).exclude(agent__organization__kind=OrganizationKind.SANDBOX)
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
    found = [*map(_count, rows.values()), _count(lent, most=1)]
    counts = Organization.objects.filter(pk=organization.pk).values_list(*found).get()
    return dict(zip([*rows, "lent"], counts, strict=True))


def _count(rows: QuerySet[Any], *, most: int = COUNTED_MAX + 1) -> Func:
    few = ArraySubquery(rows.order_by().values("pk")[:most])
    return Func(few, function="cardinality", output_field=IntegerField())


TILES = (
    ("agents", gettext_lazy("Agents"), "bot", Permission.AGENTS_READ),
    ("names", gettext_lazy("Names"), "tag", Permission.AGENTS_READ),
    ("domains", gettext_lazy("Proven domains"), "globe", Permission.AGENTS_READ),
    ("service_keys", gettext_lazy("Service keys"), "key-round", Permission.SERVICE_KEYS_WRITE),
)
# What is counted, what to do, why, on which page, and what a role needs for it.
STEPS = (
    (
        "agents",
        gettext_lazy("Register an agent"),
        gettext_lazy("It proves that it holds its key by signing a challenge; the private key stays with you."),
        "console_agent_register",
        Permission.AGENTS_WRITE,
    ),
    (
        "names",
        gettext_lazy("Give it a name"),
        gettext_lazy("A name such as concierge.acme is what others ask for."),
        "console_names",
        Permission.NAMES_WRITE,
    ),
    (
        "records",
        gettext_lazy("Say where it can be reached"),
        gettext_lazy("Its A2A card, MCP endpoint or web page stand on the name as records."),
        "console_names",
        Permission.NAMES_WRITE,
    ),
    (
        "domains",
        gettext_lazy("Prove a domain"),
        gettext_lazy("Then everybody sees that the holder of your domain answers for your agents."),
        "console_domains",
        Permission.DOMAINS_WRITE,
    ),
    (
        "service_keys",
        gettext_lazy("Let your programs in"),
        gettext_lazy("A service key lets them register agents and change records through the API."),
        "console_service_keys",
        Permission.SERVICE_KEYS_WRITE,
    ),
)


def _tiles(organization: Organization, counts: dict[str, int], permitted: Set[Permission]) -> list[Tile]:
    return [
        Tile(words, symbol, _shown(counts[called]), address_of(f"console_{called}", organization))
        for called, words, symbol, permission in TILES
        if permission in permitted
    ]


def _steps(organization: Organization, counts: dict[str, int], permitted: Set[Permission]) -> list[Step]:
    steps: list[Step] = []
    for called, words, why, page, permission in STEPS:
        if permission not in permitted:
            continue
        is_first_open = not counts[called] and all(step.state == "done" for step in steps)
        state = "done" if counts[called] else "current" if is_first_open else "todo"
        steps.append(Step(words, why, address_of(page, organization), state))
    return steps


def _events(organization: Organization) -> list[Happening]:
    events = list(Event.objects.filter(organization=organization.pk).order_by("-id")[:EVENTS_SHOWN_MAX])
    agents = Agent.objects.filter(pk__in={event.subject for event in events}, organization=organization)
    called = dict(agents.values_list("id", "display_name"))
    return [happening(event, about=called.get(event.subject, "")) for event in events]


def _shown(count: int) -> str:
    return count_in_digits(count) if count <= COUNTED_MAX else _("more than %s") % count_in_digits(COUNTED_MAX)
