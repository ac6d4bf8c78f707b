"""Alerts about standing: an agent that acts for somebody, or a vendor her agents buy from, is limited or goes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q

from identity.agents.models import Agent
from identity.delegation.models import Delegation, DelegationStatus
from identity.journal.actor import Actor, ActorKind
from identity.journal.kinds import AgentDeactivated, AgentReinstated, AgentSuspended
from identity.journal.models import Event
from identity.journal.moderation_kinds import (
    AgentRestored,
    AgentRevoked,
    OrganizationDeplatformed,
    SanctionEnded,
    SanctionImposed,
)
from identity.spending.models import Authorization, AuthorizationState
from registry.notices.alert_rules import DEALING, Alert
from registry.notices.kinds import NoticeKind

# Levels of sanctions that leave the agent's status as it is; what changes it is told by the change itself.
_LIMITED: Final = {1: "under_review", 2: "throttled"}
_ENDED: Final = {1: "under_review_ended", 2: "throttled_ended"}
_STATUS: Final = {
    AgentSuspended.kind: "suspended",
    AgentReinstated.kind: "active",
    AgentDeactivated.kind: "deactivated",
    AgentRevoked.kind: "revoked",
}
STANDING_KINDS: Final = frozenset(
    {*_STATUS, AgentRestored.kind, SanctionImposed.kind, SanctionEnded.kind, OrganizationDeplatformed.kind}
)


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to these agents: a word of ``alert_words.STANDINGS``. ``stops_at`` is when a wind-down ends."""

    what: str
    agents: tuple[Agent, ...]
    stops_at: datetime | None = None


def standing_alerts(events: Sequence[Event], *, at: datetime) -> list[Alert]:
    return [alert for event in events for alert in _alerts_of(event, at)]


def _alerts_of(event: Event, at: datetime) -> list[Alert]:
    change = _change(event)
    if change is None:
        return []
    actor = Actor.parse(event.actor)
    by_user = actor.id if actor.kind == ActorKind.USER else ""
    found = []
    for agent in change.agents:
        said: dict[str, Any] = {"agent": agent.display_name, "what": change.what, "stops_at": change.stops_at}
        lent = _roots_lent_to(agent, event, at)
        if lent:
            key = f"agent_standing:{event.pk}:{agent.pk}"
            found.append(Alert(NoticeKind.AGENT_STANDING, key, lent, said, by_user=by_user))
        bought = _roots_that_bought_from(agent, at) if hasattr(agent, "vendor") else ()
        if bought:
            key = f"vendor_standing:{event.pk}:{agent.pk}"
            found.append(Alert(NoticeKind.VENDOR_STANDING, key, bought, {**said, "vendor": said["agent"]}, "", by_user))
    return found


def _change(event: Event) -> Change | None:
    if event.kind in _STATUS:
        return Change(_STATUS[event.kind], _agents(Q(pk=event.subject)))
    if event.kind == AgentRestored.kind:
        return Change(str(event.payload["status"]), _agents(Q(pk=event.subject)))
    if event.kind == OrganizationDeplatformed.kind:
        stops_at = datetime.fromisoformat(event.payload["from_instant"])
        if stops_at <= event.at:  # its agents were stopped at once, and each of them tells so itself
            return None
        return Change("winds_down", _agents(Q(organization_id=event.subject)), stops_at)
    words = _LIMITED if event.kind == SanctionImposed.kind else _ENDED
    what = words.get(event.payload["level"])
    about = event.payload["about"]
    return Change(what, _agents(Q(pk=about) | Q(organization_id=about))) if what else None


def _agents(which: Q) -> tuple[Agent, ...]:
    return tuple(Agent.objects.filter(which).select_related("vendor").order_by("pk"))


def _roots_lent_to(agent: Agent, event: Event, at: datetime) -> tuple[str, ...]:
    """Of chains in which the agent has a link; one that ended with this very change is among them."""
    stands = ~Q(status=DelegationStatus.REVOKED) | Q(status_changed_at__gte=event.at)
    links = Delegation.objects.filter(stands, agent=agent, valid_until__gt=at)
    return _in_order(links.values_list("root_id", flat=True))


def _roots_that_bought_from(vendor: Agent, at: datetime) -> tuple[str, ...]:
    """With something held there, or bought within a month."""
    is_near = Q(created_at__gte=at - DEALING) | ~Q(state=AuthorizationState.CLOSED)
    return _in_order(Authorization.objects.filter(is_near, vendor=vendor.pk).values_list("root", flat=True).distinct())


def _in_order(roots: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(roots)))
