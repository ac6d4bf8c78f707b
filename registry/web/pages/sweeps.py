"""The operators' page of background checks: how fresh everything is, what is in trouble, and a sweep on request."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from kombu.exceptions import OperationalError

from identity.credentials.models import StatusPublication, Sweep
from identity.credentials.watch.limits import CHECK_EVERY, STALE_AFTER
from identity.credentials.watch.overview import overview, troubled_sources
from identity.credentials.watch.sweep import Progress, progress_of, running_sweep, start_sweep
from identity.credentials.watch.tasks import continue_sweep
from identity.primitives.clock import now
from identity.primitives.errors import Conflict
from registry.directory.models import Domain, DomainState
from registry.web.desk import desk_page, operator

TROUBLED_SHOWN_MAX = 50
SWEEPS_SHOWN_MAX = 10
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SweepView:
    """One sweep as the page shows it."""

    sweep: Sweep
    progress: Progress

    @property
    def took(self) -> timedelta | None:
        return self.sweep.finished_at - self.sweep.started_at if self.sweep.finished_at else None


@dataclass(frozen=True, slots=True)
class OwnLists:
    """How fresh the lists are that this registry publishes itself."""

    count: int
    oldest_published_at: datetime | None
    first_to_end_at: datetime | None


@desk_page
@require_safe
def sweeps(request: HttpRequest) -> HttpResponse:
    at = now()
    current = running_sweep()
    context = {
        "at": at,
        "overview": (shown := overview(at=at)),
        "oldest_unchecked_at": at - timedelta(seconds=shown.oldest_unchecked_seconds),
        "oldest_unconfirmed_at": at - timedelta(seconds=shown.oldest_unconfirmed_seconds),
        "running": SweepView(current, progress_of(current)) if current else None,
        "finished": [SweepView(sweep, progress_of(sweep)) for sweep in _finished()],
        "troubled": list(troubled_sources(at=at)[: TROUBLED_SHOWN_MAX + 1]),
        "troubled_max": TROUBLED_SHOWN_MAX,
        "domains": _domains(),
        "own_lists": _own_lists(),
        "check_every": int(CHECK_EVERY.total_seconds()),
        "stale_after": int(STALE_AFTER.total_seconds() // 60),
    }
    return render(request, "desk/sweeps.html", context)


@desk_page
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start a sweep and wake a worker. Should no worker hear of it now, the next tick of the timetable takes it up."""
    try:
        start_sweep(actor=operator(request), at=now())
    except Conflict as refusal:
        messages.warning(request, refusal.detail)
        return redirect("desk_sweeps")
    try:
        continue_sweep.apply_async(retry=False)
    except OperationalError:
        logger.warning("no worker could be woken; the timetable will")
    messages.success(request, _("Started. Workers share the work; this page shows how far it is."))
    return redirect("desk_sweeps")


def _finished() -> list[Sweep]:
    return list(Sweep.objects.exclude(finished_at=None).order_by("-started_at")[:SWEEPS_SHOWN_MAX])


def _domains() -> list[tuple[str, int]]:
    counts = dict(Domain.objects.values_list("state").annotate(Count("pk")))
    return [(state, counts[state]) for state in DomainState.values if counts.get(state)]


def _own_lists() -> OwnLists:
    found = StatusPublication.objects.aggregate(
        count=Count("pk"), published=Min("published_at"), ends=Min("valid_until")
    )
    return OwnLists(found["count"], found["published"], found["ends"])


urlpatterns = [
    path("desk/sweeps/", sweeps, name="desk_sweeps"),
    path("desk/sweeps/start/", start, name="desk_sweep_start"),
]
