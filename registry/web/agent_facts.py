"""What the console's agent pages have in common: who acts, what they may do, keys in words, what a change affects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from identity.accounts.models import Organization
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.agents.models import Agent, KeyState, VerificationMethod
from identity.journal.actor import Actor, ActorKind
from registry.directory.models import Name
from registry.web.access import ConsoleRequest

NAMES_SHOWN_MAX = 10

Crumbs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key as a page shows it."""

    method: VerificationMethod
    state: KeyState

    @property
    def is_valid(self) -> bool:
        return self.state in (KeyState.VALID, KeyState.RETIRING)

    @property
    def ended_at(self) -> datetime | None:
        return self.method.revoked_at or self.method.valid_until


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a change of standing reaches: counted by the queries that the change itself runs."""

    names: list[Name]
    name_count: int
    record_count: int
    key_count: int

    @property
    def names_more(self) -> int:
        return self.name_count - len(self.names)


def actor_of(request: ConsoleRequest) -> Actor:
    return Actor(ActorKind.USER, request.user.pk)


def allowed(request: ConsoleRequest, permission: Permission) -> bool:
    """Whether to offer it; the page behind it asks again."""
    return permission in ROLE_PERMISSIONS[request.console.membership.role]


def keys_of(agent: Agent, at: datetime) -> list[KeyFacts]:
    """Usable keys first, then the newest."""
    facts = [KeyFacts(method, method.state(at)) for method in agent.verification_methods.order_by("-id")]
    return sorted(facts, key=lambda key: not key.is_valid)


def consequences_of(agent: Agent, at: datetime) -> Consequences:
    names = [name for name in Name.objects.filter(agent=agent).order_by("fqn") if not name.has_ended(at)]
    records = Name.objects.filter(pk__in=[name.pk for name in names]).aggregate(count=Count("records"))["count"]
    keys = sum(method.is_valid(at) for method in agent.verification_methods.all())
    return Consequences(names[:NAMES_SHOWN_MAX], len(names), records, keys)


def list_crumbs(organization: Organization) -> Crumbs:
    return [(_("Agents"), reverse("console_agents", args=[organization.pk]))]


def agent_crumbs(organization: Organization, agent: Agent) -> Crumbs:
    address = reverse("console_agent", args=[organization.pk, agent.pk])
    return [*list_crumbs(organization), (agent.display_name, address)]
