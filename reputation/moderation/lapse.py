"""Measures end by themselves: an emergency nobody confirmed, a proposal nobody signed, a time that ran out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from identity.accounts.models import Organization
from identity.agents.models import Agent, AgentStatus
from identity.journal.actor import Actor, system
from reputation.moderation.effects import apply_sanctions, close_gates, void_open_holds
from reputation.moderation.force import end
from reputation.moderation.ladder import Level
from reputation.moderation.limits import ENDED_AT_ONCE_MAX
from reputation.moderation.models import Sanction, SanctionState
from reputation.moderation.reach import subject_of

_BY = system("lapse")


def lapse_due(*, at: datetime, count_max: int = ENDED_AT_ONCE_MAX) -> int:
    """End what was to be confirmed or signed by now and was not; how many. Safe to run twice."""
    due = Sanction.objects.to_lapse(at).order_by("confirm_by").values_list("pk", flat=True)
    return sum(_end_due(pk, SanctionState.LAPSED, at=at) for pk in list(due[:count_max]))


def expire_due(*, at: datetime, count_max: int = ENDED_AT_ONCE_MAX) -> int:
    """End measures whose time has run out; how many. Safe to run twice."""
    due = Sanction.objects.to_expire(at).order_by("ends_at").values_list("pk", flat=True)
    return sum(_end_due(pk, SanctionState.EXPIRED, at=at) for pk in list(due[:count_max]))


def end_due_of(subject: Agent | Organization, *, at: datetime) -> int:
    """End what is due against this subject itself, in the transaction that has closed its gates: whoever decides about
    it must not find in her way what only nobody has swept yet. How many."""
    mine = Q(agent=subject) if isinstance(subject, Agent) else Q(agent=None, organization=subject)
    due = Sanction.objects.is_open().filter(mine, Q(confirm_by__lte=at) | Q(state="effective", ends_at__lte=at))
    ended = 0
    for pk in list(due.order_by("pk").values_list("pk", flat=True)):
        sanction = _locked(pk)
        is_lapse = sanction.confirm_by is not None and sanction.confirm_by <= at
        state = SanctionState.LAPSED if is_lapse else SanctionState.EXPIRED
        end(sanction, state, reason="", actor=_actor(state), at=at)
        ended += 1
    return ended


def end_due_about(agents: Iterable[str], *, at: datetime) -> int:
    """End what is due against these agents, or whoever answers for them: for whoever was refused because of a measure
    and cannot wait for the sweep. How many."""
    about = Q(agent__in=list(agents))
    about |= Q(agent=None, organization__agents__in=list(agents))
    due = Q(confirm_by__lte=at) | Q(state="effective", ends_at__lte=at)
    subjects = Sanction.objects.is_open().filter(about, due).select_related("agent", "organization").distinct()
    ended = 0
    for subject in {one.about_id: subject_of(one) for one in subjects}.values():
        with transaction.atomic():
            close_gates(subject)
            ended += end_due_of(subject, at=at)
    return ended


def end_wind_downs(*, at: datetime) -> int:
    """Revoke the agents of deplatformed organizations whose wind-down is over; of how many organizations. No decision
    waits for it: from that instant on each one looks at the organization itself."""
    standing = (AgentStatus.ACTIVE, AgentStatus.SUSPENDED)
    due = Sanction.objects.in_force().filter(
        level=Level.DEPLATFORMED, agents_from__lte=at, organization__agents__status__in=standing
    )
    return sum(_end_wind_down(sanction, at=at) for sanction in _each(due.distinct().values_list("pk", flat=True)))


def _end_due(pk: str, state: SanctionState, *, at: datetime) -> bool:
    """End one, in a transaction of its own, if it is still due behind its gates."""
    with transaction.atomic():
        glimpse = Sanction.objects.select_related("agent", "organization").get(pk=pk)
        close_gates(subject_of(glimpse))
        sanction = _locked(pk)
        due = sanction.confirm_by if state == SanctionState.LAPSED else sanction.ends_at
        if not sanction.is_open or due is None or due > at:
            return False
        end(sanction, state, reason="", actor=_actor(state), at=at)
    return True


def _end_wind_down(sanction: Sanction, *, at: datetime) -> bool:
    with transaction.atomic():
        close_gates(subject_of(sanction))
        locked = _locked(sanction.pk)
        if locked.state != SanctionState.EFFECTIVE:
            return False
        void_open_holds(locked, actor=_BY, at=at)
        apply_sanctions(subject_of(locked), actor=_BY, at=at)
    return True


def _locked(pk: str) -> Sanction:
    rows = Sanction.objects.select_for_update(no_key=True, of=("self",)).select_related("agent", "organization", "case")
    return rows.get(pk=pk)


def _each(ids: Iterable[str]) -> list[Sanction]:
    return list(Sanction.objects.select_related("agent", "organization").filter(pk__in=list(ids)).order_by("pk"))


def _actor(state: SanctionState) -> Actor:
    return _BY if state == SanctionState.LAPSED else system("expiry")
