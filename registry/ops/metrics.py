"""``/metrics`` for Prometheus: what the processes counted, and the state of the register at this moment."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from secrets import compare_digest

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from identity.credentials.models import IssuerKey
from identity.credentials.watch.overview import oldest_seconds, sources_by_state
from identity.journal.drain import lag, unstamped
from identity.primitives.clock import now
from registry.directory.models import Domain, DomainState
from registry.ops.tasks import HEARTBEAT_KEY

LOOPBACK = frozenset({"127.0.0.1", "::1"})
COUNTED_TABLES = ("agents_agent", "directory_name", "directory_listing", "resolution_answer", "journal_event")


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """With METRICS_TOKEN set, for whoever bears it; without one, for this machine only. Everyone else sees a 404:
    counts of requests and refusals tell an attacker what works."""
    if not may_read(request):
        raise Http404
    shown = CollectorRegistry()
    shown.register(StateOfTheRegister())
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(shown)  # type: ignore[no-untyped-call]
        return HttpResponse(generate_latest(shown), content_type=CONTENT_TYPE_LATEST)
    return HttpResponse(generate_latest(REGISTRY) + generate_latest(shown), content_type=CONTENT_TYPE_LATEST)


def may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    # A proxy on this machine comes from loopback too; whoever it speaks for does not.
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return not forwarded and request.META.get("REMOTE_ADDR") in LOOPBACK


class StateOfTheRegister(Collector):
    """Gauges read from the database at the moment of asking, so that they are true whichever process is asked."""

    def collect(self) -> Iterable[Metric]:
        for measure in (_rows, _journal, _registry_key, _domains, _watch, _worker):
            yield from _whatever_holds(measure)


def _whatever_holds(measure: Callable[[], Iterator[Metric]]) -> list[Metric]:
    """One part that cannot be asked must not hide the others; its absence is what an alarm is set on."""
    try:
        return list(measure())
    except Exception:
        return []


def _rows() -> Iterator[Metric]:
    """PostgreSQL's own estimate: counting a million rows at every scrape would cost more than it tells."""
    family = GaugeMetricFamily("attorn_rows", "Rows of the main tables, estimated.", labels=["table"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, greatest(reltuples, 0) FROM pg_class WHERE relkind = 'r' AND relname = ANY(%s)",
            [list(COUNTED_TABLES)],
        )
        for table, rows in cursor.fetchall():
            family.add_metric([table], rows)
    yield family


def _journal() -> Iterator[Metric]:
    waiting = GaugeMetricFamily("attorn_journal_unstamped_events", "Committed events that wait for a position.")
    waiting.add_metric([], unstamped())
    yield waiting
    events = GaugeMetricFamily("attorn_journal_lag_events", "Events a reader has yet to read.", labels=["reader"])
    seconds = GaugeMetricFamily(
        "attorn_journal_lag_seconds", "Age of the oldest event a reader has yet to read.", labels=["reader"]
    )
    for behind in lag(at=now()):
        events.add_metric([behind.reader], behind.events)
        seconds.add_metric([behind.reader], behind.seconds)
    yield events
    yield seconds


def _registry_key() -> Iterator[Metric]:
    made_at = IssuerKey.objects.filter(is_current=True).values_list("created_at", flat=True).first()
    if made_at is not None:
        family = GaugeMetricFamily("attorn_registry_key_age_seconds", "Age of the key that signs answers.")
        family.add_metric([], (now() - made_at).total_seconds())
        yield family


def _domains() -> Iterator[Metric]:
    by_state = GaugeMetricFamily("attorn_domains", "Domains by state of their proof.", labels=["state"])
    for state in DomainState.values:
        by_state.add_metric([state], Domain.objects.filter(state=state).count())
    yield by_state
    due = Domain.objects.filter(next_check_at__lt=now()).order_by("next_check_at").first()
    overdue = GaugeMetricFamily("attorn_domain_check_overdue_seconds", "How late the latest domain check is.")
    overdue.add_metric([], (now() - due.next_check_at).total_seconds() if due and due.next_check_at else 0.0)
    yield overdue


def _watch() -> Iterator[Metric]:
    at = now()
    unchecked, unconfirmed = oldest_seconds(at=at)
    for name, words, seconds in (
        ("unchecked", "Since the watched source that has waited longest was asked.", unchecked),
        ("confirmed", "Since the watched source that has been silent longest gave an authentic answer.", unconfirmed),
    ):
        family = GaugeMetricFamily(f"attorn_watch_oldest_{name}_seconds", words)
        family.add_metric([], seconds)
        yield family
    by_state = GaugeMetricFamily("attorn_watch_sources", "Watched sources by state.", labels=["state"])
    for state, count in sources_by_state(at=at).items():
        by_state.add_metric([state], count)
    yield by_state


def _worker() -> Iterator[Metric]:
    beaten_at = cache.get(HEARTBEAT_KEY)
    if beaten_at is not None:
        family = GaugeMetricFamily("attorn_worker_heartbeat_age_seconds", "Since a worker last ran a scheduled task.")
        family.add_metric([], max(0.0, time.time() - float(beaten_at)))
        yield family
