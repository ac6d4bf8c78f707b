"""What the operators' pages have in common: who acted, what an id leads to, and how old something is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from identity.journal.actor import ActorKind
from identity.journal.models import Event
from registry.web.event_words import Happening, happening
from reputation.moderation.models import Appeal, Case, Report, Sanction

ACTS_SHOWN_MAX = 50
OPERATOR_PREFIX = f"{ActorKind.OPERATOR}:"
# The page of the desk where a thing of this type is looked at.
PAGES_BY_PREFIX = {
    "agt": "desk_agent",
    "cas": "desk_case",
    "rpt": "desk_report",
    "snc": "desk_sanction",
    "apl": "desk_appeal",
    "org": "desk_organization",
}
_ABOUT = ("agent__display_name", "organization__name")
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Act:
    """One event as the desk shows it: what, to what (with an address if the desk has a page of it), and by whom."""

    what: Happening
    subject: str
    about: str
    address: str
    by: str
    why: str = ""


def desk_address(subject: str) -> str:
    """The desk's page of a typed id; empty where it has none."""
    page = PAGES_BY_PREFIX.get(subject.partition("_")[0])
    try:
        return reverse(page, args=[subject]) if page else ""
    except NoReverseMatch:
        return ""


def acts_of(events: Sequence[Event]) -> list[Act]:
    """The events in words. Operators and subjects are looked up once for all."""
    operators = operators_named(event.actor for event in events)
    names = _names_of({event.subject for event in events})
    return [
        Act(
            what=happening(event),
            subject=event.subject,
            about=names.get(event.subject, event.subject),
            address=desk_address(event.subject),
            by=operators.get(event.actor) or _other_actor(event.actor),
            why=str(event.payload.get("reason_text") or ""),
        )
        for event in events
    ]


def acts_for(subjects: Iterable[str]) -> list[Act]:
    """What happened to any of these ids, newest first."""
    return acts_of(list(Event.objects.filter(subject__in=set(subjects)).order_by("-written_order")[:ACTS_SHOWN_MAX]))


def operators_named(actors: Iterable[str]) -> dict[str, str]:
    """The operators among these actors by ``operator:<id>``: to each other they are people with a name."""
    ids = {actor.removeprefix(OPERATOR_PREFIX) for actor in actors if actor.startswith(OPERATOR_PREFIX)}
    return {f"{OPERATOR_PREFIX}{user.pk}": str(user) for user in User.objects.filter(pk__in=ids)}


def age_in_words(since: datetime, at: datetime) -> str:
    """How long ago, in its largest whole unit: ``3 days``."""
    age = max(at - since, timedelta())
    if age >= _DAY:
        return ngettext("%(n)s day", "%(n)s days", age.days) % {"n": age.days}
    if age >= _HOUR:
        hours = age // _HOUR
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    minutes = age // timedelta(minutes=1)
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


def _names_of(ids: set[str]) -> dict[str, str]:
    """What people call these: an agent and an organization by its name, all else by whom it is about."""
    agents = Agent.objects.filter(pk__in=ids).values_list("pk", "display_name")
    organizations = Organization.objects.filter(pk__in=ids).values_list("pk", "name")
    cases = Case.objects.filter(pk__in=ids).values_list("pk", *_ABOUT)
    reports = Report.objects.filter(pk__in=ids).values_list("pk", "about__display_name")
    sanctions = Sanction.objects.filter(pk__in=ids).values_list("pk", *_ABOUT)
    appeals = Appeal.objects.filter(pk__in=ids).values_list("pk", *(f"sanction__{field}" for field in _ABOUT))
    return (
        dict(agents)
        | dict(organizations)
        | {id: _("case about %s") % (agent or organization) for id, agent, organization in cases}
        | {id: _("report about %s") % agent for id, agent in reports}
        | {id: _("measure against %s") % (agent or organization) for id, agent, organization in sanctions}
        | {id: _("appeal about %s") % (agent or organization) for id, agent, organization in appeals}
    )


def _other_actor(actor: str) -> str:
    """Whom the desk does not need to know by name is called by what they are."""
    kind, _colon, name = actor.partition(":")
    words: dict[str, str] = {
        ActorKind.USER: _("a member of the organization"),
        ActorKind.SERVICE_KEY: _("a program of the organization"),
        ActorKind.AGENT: _("the agent itself"),
        ActorKind.OPERATOR: _("a former operator"),
    }
    return words.get(kind) or _("the registry: %s") % name.replace("_", " ")
