"""From a journal event to what receivers are told of it. One function a family of events; nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

from identity.agents.models import Agent
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind
from identity.journal.delegation_kinds import (
    DelegationResumed,
    DelegationRevoked,
    DelegationSuspended,
    PrincipalFrozen,
    PrincipalUnfrozen,
)
from identity.journal.kinds import (
    AgentDeactivated,
    AgentReinstated,
    AgentSuspended,
    KeyAdded,
    KeyRevoked,
    KeyRotated,
)
from identity.journal.models import Event
from identity.journal.moderation_kinds import (
    AgentRestored,
    AgentRevoked,
    AssuranceSet,
    BandChanged,
    OrganizationDeplatformed,
    OrganizationReadmitted,
    SanctionEnded,
    SanctionImposed,
)
from identity.journal.spending_kinds import SpendVoided, VendorChanged
from identity.spending.models import Authorization, CloseReason
from registry.push.concern import buyers_of, dealings_below, followers_of, insiders_of
from registry.push.event_types import EventType

Claims = dict[str, Any]
_WITHOUT_CHANGE_OF_STATUS: Final = {1: "under_review", 2: "throttled"}  # levels of sanctions that only limit an agent
_NEARBY_EVENTS: Final = 50  # a sanction and the change of standing that it makes are written in one transaction


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell: to whom, under which type, about whom. ``part`` tells several of one event apart."""

    subscriptions: frozenset[str]
    event_type: EventType
    part: str
    subject: Claims
    claims: Claims


def news_of(event: Event) -> list[News]:
    """What receivers hear of this event; most events are no news to anybody."""
    return [one for one in _TELLERS[event.kind](event) if one.subscriptions]


def sanction_behind(event: Event) -> str | None:
    """The sanction whose effect this event is, so that a receiver can look up the statement of reasons."""
    if event.kind in (SanctionImposed.kind, SanctionEnded.kind):
        return event.subject
    if event.payload.get("sanction"):
        return str(event.payload["sanction"])
    if event.position is None or not event.actor.startswith((ActorKind.OPERATOR, ActorKind.SYSTEM)):
        return None
    nearby = Event.objects.filter(
        position__range=(event.position - _NEARBY_EVENTS, event.position + _NEARBY_EVENTS),
        kind__in=(SanctionImposed.kind, SanctionEnded.kind),
        at=event.at,
        payload__about__in=[about for about in (event.subject, event.organization) if about],
    )
    return nearby.order_by("position").values_list("subject", flat=True).first()


def _agent_status(event: Event) -> list[News]:
    status, kind = {
        AgentSuspended.kind: ("suspended", EventType.DELEGATION_SUSPENDED),
        AgentReinstated.kind: ("active", EventType.DELEGATION_RESUMED),
        AgentDeactivated.kind: ("deactivated", EventType.DELEGATION_REVOKED),
        AgentRevoked.kind: ("revoked", EventType.DELEGATION_REVOKED),
        AgentRestored.kind: (str(event.payload.get("status", "active")), EventType.DELEGATION_RESUMED),
    }[event.kind]
    agent = Agent.objects.get(pk=event.subject)
    claims = {"status": status, "reason": event.payload.get("reason") or None}
    below = [] if kind == EventType.DELEGATION_RESUMED and status != "active" else _below(agent, kind, event)
    return [*_about_agent(agent, EventType.AGENT_STATUS_CHANGE, claims, event), *below, *_vendor(agent, claims, event)]


def _below(agent: Agent, kind: EventType, event: Event) -> list[News]:
    """What the agent passed on stands and falls with it: vendors of its sub-agents are told of the link they know."""
    links = list(agent.delegations.values_list("pk", flat=True))
    reason = f"agent_{event.payload.get('reason') or event.kind.partition('.')[2]}"
    return _of_leaves(links, kind, reason, event, but_of=agent.pk)


def _of_leaves(
    links: Collection[str], kind: EventType, reason: str | None, event: Event, *, but_of: str = ""
) -> list[News]:
    """One piece for each last link below ``links``, for the vendors that sold under it."""
    receivers: dict[str, set[str]] = {}
    for dealing in dealings_below(links, at=event.at):
        receivers.setdefault(dealing.leaf, set()).add(dealing.subscription)
    leaves = Delegation.objects.select_related("agent").in_bulk(receivers)
    above = Delegation.objects.in_bulk([link for leaf in leaves.values() for link in leaf.path if link in links])
    told = []
    for leaf in leaves.values():
        if leaf.agent_id == but_of:
            continue
        first = next((link for link in leaf.path if link in above), leaf.pk)
        source = None if first == leaf.pk else above[first].credential_id
        told.append(_delegation_news(leaf, kind, receivers[leaf.pk], reason, source))
    return told


def _delegation_news(
    link: Delegation, kind: EventType, receivers: Collection[str], reason: str | None, cascade_from: str | None
) -> News:
    claims: Claims = {"reason": reason, "cascade_from": cascade_from}
    claims |= {"invalid_since": None} if kind == EventType.DELEGATION_REVOKED else {}
    return News(frozenset(receivers), kind, f"{kind}:{link.pk}", delegation_subject(link), claims)


def _delegation_status(event: Event) -> list[News]:
    kind = {
        DelegationRevoked.kind: EventType.DELEGATION_REVOKED,
        DelegationSuspended.kind: EventType.DELEGATION_SUSPENDED,
        DelegationResumed.kind: EventType.DELEGATION_RESUMED,
    }[event.kind]
    reason = event.payload.get("reason")
    link = Delegation.objects.select_related("agent").get(pk=event.subject)
    told = {news.part: news for news in _of_leaves([link.pk], kind, reason, event)}
    own = _delegation_news(link, kind, insiders_of(link), reason, None)
    dealers = told.pop(own.part, None)
    receivers = own.subscriptions | (dealers.subscriptions if dealers else frozenset())
    return [News(receivers, kind, own.part, own.subject, own.claims), *told.values()]


def _principal(event: Event) -> list[News]:
    is_frozen = event.kind == PrincipalFrozen.kind
    kind = EventType.DELEGATION_SUSPENDED if is_frozen else EventType.DELEGATION_RESUMED
    roots = Delegation.objects.filter(principal_id=event.subject, depth=0).values_list("pk", flat=True)
    told = _of_leaves(list(roots), kind, "principal_paused" if is_frozen else "principal_resumed", event)
    return [News(one.subscriptions, kind, one.part, one.subject, one.claims | {"cascade_from": None}) for one in told]


def _key(event: Event) -> list[News]:
    agent = Agent.objects.get(pk=event.subject)
    payload = event.payload
    if event.kind == KeyRevoked.kind and payload.get("reason") == "compromised":
        key = {"key": {"format": "did", "url": f"{agent.did}#{payload['method']}"}}
        return _about_agent(agent, EventType.KEY_COMPROMISED, {"reason": "compromised"}, event, more=key)
    change, method = {
        KeyAdded.kind: ("create", payload.get("method")),
        KeyRotated.kind: ("update", payload.get("method")),
        KeyRevoked.kind: ("revoke", payload.get("method")),
    }[event.kind]
    claims: Claims = {"credential_type": "verification-method", "change_type": change}
    claims |= {"retired": payload["retired"], "overlap_until": payload["overlap_until"]} if change == "update" else {}
    key = {"key": {"format": "did", "url": f"{agent.did}#{method}"}}
    return _about_agent(agent, EventType.CREDENTIAL_CHANGE, claims, event, more=key)


def _about_agent(
    agent: Agent, kind: EventType, claims: Claims, event: Event, *, more: Claims | None = None
) -> list[News]:
    """To the vendors that dealt with the agent itself, and to those who follow it or its organization."""
    own = list(agent.delegations.values_list("pk", flat=True))
    dealers = {dealing.subscription for dealing in dealings_below(own, at=event.at) if dealing.leaf in own}
    followers = followers_of(agents=[agent.pk], organizations=[agent.organization_id])
    subject = complex_subject(agent=agent, **(more or {}))
    return [News(frozenset(dealers | followers), kind, f"{kind}:{agent.pk}", subject, claims)]


def _vendor(agent: Agent, claims: Claims, event: Event) -> list[News]:
    """A vendor that is stopped concerns those who buy from it."""
    if not hasattr(agent, "vendor"):
        return []
    kind = EventType.VENDOR_STATUS_CHANGE
    subject = {"format": "complex", "vendor": {"format": "did", "url": agent.did}}
    followers = followers_of(agents=[agent.pk], organizations=[agent.organization_id])
    receivers = frozenset(buyers_of(agent.pk, at=event.at) | followers)
    return [News(receivers, kind, f"{kind}:{agent.pk}", subject, claims)]


def _vendor_changed(event: Event) -> list[News]:
    agent = Agent.objects.select_related("vendor").get(pk=event.subject)
    level, fields = event.payload["assurance_level"], event.payload["fields"]
    news = _vendor(agent, {"status": agent.status, "fields": fields, "assurance_level": level}, event)
    if "assurance_level" not in fields:
        return news
    kind, claims = EventType.ASSURANCE_LEVEL_CHANGE, {"namespace": "attorn-vendor", "current_level": str(level)}
    return [*news, *(News(one.subscriptions, kind, f"{kind}:{agent.pk}", one.subject, claims) for one in news)]


def _sanction(event: Event) -> list[News]:
    """Levels 1 and 2 leave the agent's status as it is; what changes it is told by the change itself."""
    measure = _WITHOUT_CHANGE_OF_STATUS.get(event.payload["level"])
    agent = Agent.objects.filter(pk=event.payload["about"]).first()
    if measure is None or agent is None:
        return []
    is_begun = event.kind == SanctionImposed.kind
    reason = event.payload["reason"] if is_begun else event.payload["state"]
    claims = {"status": agent.status, "measure": measure, "in_force": is_begun, "reason": reason}
    return _about_agent(agent, EventType.AGENT_STATUS_CHANGE, claims, event)


def _organization(event: Event) -> list[News]:
    status = "deplatformed" if event.kind == OrganizationDeplatformed.kind else "active"
    claims: Claims = {"status": status}
    if event.payload.get("from_instant"):
        claims["effective_at"] = event.payload["from_instant"]
    return _about_organization(event, EventType.OPERATOR_STATUS_CHANGE, claims)


def _assurance(event: Event) -> list[News]:
    level, before = event.payload["level"], event.payload["before"]
    direction = "increase" if level > before else "decrease"
    claims = {"namespace": "attorn-organization", "current_level": str(level), "previous_level": str(before)}
    return _about_organization(event, EventType.ASSURANCE_LEVEL_CHANGE, claims | {"change_direction": direction})


def _about_organization(event: Event, kind: EventType, claims: Claims) -> list[News]:
    links = list(Delegation.objects.filter(agent__organization_id=event.subject).values_list("pk", flat=True))
    own = set(links)
    dealers = {dealing.subscription for dealing in dealings_below(links, at=event.at) if dealing.leaf in own}
    receivers = frozenset(dealers | followers_of(organizations=[event.subject]))
    subject = {"format": "complex", "organization": {"format": "opaque", "id": event.subject}}
    return [News(receivers, kind, f"{kind}:{event.subject}", subject, claims)]


def _band(event: Event) -> list[News]:
    agent = Agent.objects.get(pk=event.subject)
    before, after = event.payload["before"], event.payload["after"]
    claims: Claims = {"principal": "AGENT", "band": after, "previous_band": before or None}
    claims |= {"current_level": _risk(after), "previous_level": _risk(before)}
    return _about_agent(agent, EventType.RISK_LEVEL_CHANGE, claims, event)


def _risk(band: str) -> str:
    """CAEP knows three levels (section 3.8): what an agent has proven stands against its risk."""
    return {"strong": "LOW", "good": "LOW", "fair": "MEDIUM"}.get(band, "HIGH")


def _voided(event: Event) -> list[News]:
    """Only what ended with its authority: a vendor that released a hold itself knows."""
    if event.payload["reason"] != CloseReason.REVOKED:
        return []
    hold = Authorization.objects.get(pk=event.subject)
    link = Delegation.objects.select_related("agent").get(pk=hold.path[-1])
    vendor = Agent.objects.get(pk=hold.vendor)
    sellers = vendor.organization.subscriptions.filter(has_dealings=True) if vendor.organization else ()
    receivers = frozenset(subscription.pk for subscription in sellers)
    subject = delegation_subject(link) | {"authorization": {"format": "opaque", "id": hold.pk}}
    claims = {"reason": "authority_ended", "amount": event.payload["amount"], "currency": hold.currency}
    kind = EventType.AUTHORIZATION_VOIDED
    return [News(receivers, kind, f"{kind}:{hold.pk}", subject, claims)]


def delegation_subject(link: Delegation) -> Claims:
    return complex_subject(agent=link.agent, delegation={"format": "uri", "uri": link.credential_id})


def complex_subject(*, agent: Agent, **more: Claims) -> Claims:
    """A complex subject (Shared Signals Framework 1.0; formats of RFC 9493)."""
    return {"format": "complex", "agent": {"format": "did", "url": agent.did}, **more}


def initiating_entity(actor: str) -> str:
    """Who brought it about, in CAEP's words (section 2.1)."""
    kind = Actor.parse(actor).kind
    return {ActorKind.OPERATOR: "admin", ActorKind.SYSTEM: "system"}.get(kind, "user")


_TELLERS: Final[dict[str, Callable[[Event], list[News]]]] = {
    AgentSuspended.kind: _agent_status,
    AgentReinstated.kind: _agent_status,
    AgentDeactivated.kind: _agent_status,
    AgentRevoked.kind: _agent_status,
    AgentRestored.kind: _agent_status,
    KeyAdded.kind: _key,
    KeyRotated.kind: _key,
    KeyRevoked.kind: _key,
    DelegationRevoked.kind: _delegation_status,
    DelegationSuspended.kind: _delegation_status,
    DelegationResumed.kind: _delegation_status,
    PrincipalFrozen.kind: _principal,
    PrincipalUnfrozen.kind: _principal,
    VendorChanged.kind: _vendor_changed,
    SanctionImposed.kind: _sanction,
    SanctionEnded.kind: _sanction,
    OrganizationDeplatformed.kind: _organization,
    OrganizationReadmitted.kind: _organization,
    AssuranceSet.kind: _assurance,
    BandChanged.kind: _band,
    SpendVoided.kind: _voided,
}
NEWSWORTHY: Final = frozenset(_TELLERS)
