"""What happened in an organization, from the journal: newest first, in words, with who did it and to what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from identity.accounts.models import Membership, Organization, ServiceKey, User
from identity.accounts.permissions import Permission
from identity.agents.models import Agent
from identity.journal.actor import ActorKind
from identity.journal.models import Event
from registry.web.access import ConsoleRequest, console_page
from registry.web.event_words import Happening, happening

EVENTS_PER_PAGE = 50
_CURSOR = re.compile(r"^[0-9]{1,18}$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """One event of the page: what, to what (with an address if it has a page), and by whom."""

    what: Happening
    about: str
    address: str
    by: str


@console_page(Permission.ACTIVITY_READ)
@require_safe
def activity(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    events = Event.objects.filter(organization=organization.pk).order_by("-written_order")
    before = request.GET.get("before", "")
    if _CURSOR.match(before):
        events = events.filter(written_order__lt=int(before))
    found = list(events[: EVENTS_PER_PAGE + 1])
    shown = found[:EVENTS_PER_PAGE]
    here = reverse("console_activity", args=[organization.pk])
    page = {
        "organization": organization,
        "lines": lines_of(shown, organization),
        "first_url": here if before else "",
        "next_url": f"{here}?before={shown[-1].written_order}" if len(found) > EVENTS_PER_PAGE else "",
    }
    return render(request, "console/activity.html", page)


def lines_of(events: Sequence[Event], organization: Organization) -> list[Line]:
    """The events in words. Names are looked up once for all, and only within what the organization may know."""
    actors = _actors(events, organization)
    subjects = _subjects(events, organization)
    lines = []
    for event in events:
        about, address = subjects.get(event.subject, ("", ""))
        lines.append(Line(happening(event), about, address, actors.get(event.actor) or _other_actor(event.actor)))
    return lines


def _actors(events: Iterable[Event], organization: Organization) -> dict[str, str]:
    ids = _ids_by_kind(event.actor for event in events)
    members = User.objects.filter(pk__in=ids.get(ActorKind.USER, ()), memberships__organization=organization).distinct()
    keys = ServiceKey.objects.filter(pk__in=ids.get(ActorKind.SERVICE_KEY, ()), organization=organization)
    agents = Agent.objects.filter(pk__in=ids.get(ActorKind.AGENT, ()), organization=organization)
    return (
        {f"user:{user.pk}": str(user) for user in members}
        | {f"service_key:{key.pk}": _("service key “%s”") % key.name for key in keys}
        | {f"agent:{agent.pk}": _("the agent %s itself") % agent.display_name for agent in agents}
    )


def _ids_by_kind(actors: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for actor in actors:
        kind, _colon, id = actor.partition(":")
        found.setdefault(kind, set()).add(id)
    return found


def _other_actor(actor: str) -> str:
    """Who it was, for an actor that is no longer, or never was, the organization's to name."""
    kind = actor.partition(":")[0]
    words: dict[str, str] = {
        ActorKind.USER: _("a former member"),
        ActorKind.SERVICE_KEY: _("a service key"),
        ActorKind.AGENT: _("an agent"),
        ActorKind.OPERATOR: _("the registry's operator"),
    }
    return words.get(kind, _("the registry"))


def _subjects(events: Sequence[Event], organization: Organization) -> dict[str, tuple[str, str]]:
    ids = {event.subject for event in events}
    agents = Agent.objects.filter(pk__in=ids).filter(organization=organization)
    keys = ServiceKey.objects.filter(pk__in=ids, organization=organization)
    memberships = Membership.objects.filter(pk__in=ids, organization=organization).select_related("user")
    return (
        {agent.pk: (agent.display_name, _address("console_agent", organization.pk, agent.pk)) for agent in agents}
        | {key.pk: (key.name, _address("console_service_key", organization.pk, key.pk)) for key in keys}
        | {row.pk: (str(row.user), _address("console_members", organization.pk)) for row in memberships}
    )


def _address(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


urlpatterns = [path("console/<str:organization_id>/activity/", activity, name="console_activity")]
