"""A real Celery worker delivers: woken by the commit, killed in the middle, and nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from identity.journal.models import Event
from identity.journal.sequence import sequence
from identity.primitives.clock import now
from registry.push.dispatch import dispatch
from registry.push.models import Subscription
from registry.push.telling import tell
from tests.push.conftest import (
    bought,
    change,
    endpoint,
    go_on,
    hand,
    seller,
    stop,
    subscribe,
)
from tests.spending.conftest import buyer, grant, make_holder, nordlicht, shop

FIXTURES = (bought, buyer, change, endpoint, go_on, grant, hand, make_holder, nordlicht, seller, shop, stop, subscribe)
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[2]
START_SECONDS_MAX = 60
PROMPT_SECONDS_MAX = 10  # 2 on a machine of its own (bench); this one runs other tests at the same time
Starter = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def worker(endpoint: Any, tmp_path: Path) -> Iterator[Starter]:
    """Starts the worker of status events, as ``manage.py up`` does, and waits until it listens for commits."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        database = connection.settings_dict
        host, port = database["HOST"], database["PORT"]
        address = f"{host}:{port}" if not host.startswith("/") else ""
        query = f"?host={host}&port={port}" if host.startswith("/") else ""
        environment = {
            **os.environ,
            "DATABASE_URL": f"postgres://{database['USER']}@{address}/{database['NAME']}{query}",
            "REDIS_URL": settings.REDIS_URL,
            "FETCH_ALLOW_ADDRESSES": endpoint.address,
            "PYTHONWARNINGS": "ignore",
            "LOG_LEVEL": "ERROR",
        }
        celery = [sys.executable, "-m", "celery", "--app", "registry.celery", "--quiet", "worker", "--queues", "push"]
        options = ["--pool", "solo", "--hostname", f"push{len(started)}@{os.getpid()}", "--loglevel", "error"]
        with (tmp_path / "worker.log").open("ab") as log:
            started.append(subprocess.Popen([*celery, *options], cwd=ROOT, env=environment, stdout=log, stderr=log))
        _wait_until(_is_listening, START_SECONDS_MAX)
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait(20)


def test_it_is_woken_by_the_commit(worker: Starter, endpoint, subscribe, bought, stop) -> None:
    subscribe(endpoint.url())
    worker()
    _wait_until(lambda: len(endpoint.deliveries) > 0, PROMPT_SECONDS_MAX)
    stop()
    committed_at = time.time()
    _wait_until(lambda: len(endpoint.at()) > 0, PROMPT_SECONDS_MAX)
    assert endpoint.at()[0].at - committed_at < PROMPT_SECONDS_MAX


def test_it_loses_nothing_when_it_is_killed(worker: Starter, endpoint, subscribe, bought, change) -> None:
    """Killed while a receiver has an event in hand and has not answered: the event comes again, then the rest."""
    stream = subscribe(endpoint.url())
    first = worker()
    _wait_until(lambda: len(endpoint.deliveries) > 0, PROMPT_SECONDS_MAX)
    endpoint.delays["/events"] = 3.0
    change(3)
    _wait_until(lambda: len(endpoint.at()) > 0, PROMPT_SECONDS_MAX)
    os.kill(first.pid, signal.SIGKILL)
    first.wait(10)
    endpoint.delays.clear()
    stream.refresh_from_db()
    assert stream.leased_until is not None
    Subscription.objects.update(leased_until=None)  # what waiting for the end of the lease comes to
    worker()
    _wait_until(lambda: stream.events.exclude(state="delivered").count() == 0, PROMPT_SECONDS_MAX)
    seqs = endpoint.seqs()
    assert (seqs[0], sorted(set(seqs)), seqs[-1]) == (1, [1, 2, 3], 3)
    assert [seq for index, seq in enumerate(seqs) if seq not in seqs[:index]] == [1, 2, 3]
    assert len({one.headers["webhook-id"] for one in endpoint.at()}) == 3


def test_it_numbers_without_a_gap_whoever_tells_at_once(subscribe, bought, change, acme) -> None:
    streams = [subscribe(f"https://shop.example/{number}") for number in range(3)]
    change(8)
    sequence()
    events = list(Event.objects.filter(kind__startswith="agent.").order_by("position"))
    at_once(*(lambda mine=mine: tell(mine, at=now()) for mine in (events, events[:5], events[3:], events)))
    for stream in streams:
        stream.refresh_from_db()
        told = list(stream.events.order_by("seq").values_list("seq", "source"))
        assert [seq for seq, _ in told] == list(range(1, stream.last_seq + 1))
        assert len({source for _, source in told}) == len(told) == 8


def test_it_sends_each_event_once_with_several_dispatchers(endpoint, subscribe, bought, change) -> None:
    streams = [subscribe(endpoint.url(f"/{number}")) for number in range(6)]
    change(3)
    at_once(*[dispatch] * 4)
    for number, stream in enumerate(streams):
        assert endpoint.seqs(f"/{number}") == [1, 2, 3]
        assert set(stream.events.values_list("state", flat=True)) == {"delivered"}


def at_once(*works: Callable[[], object]) -> None:
    """Run them in threads that start together; whatever one raises is raised here."""
    barrier, faults = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            barrier.wait(10)
            work()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if faults:
        raise faults[0]


def _is_listening() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'attorn-push-waking' "
            "AND datname = current_database() AND query LIKE 'LISTEN%%'"
        )
        return bool(cursor.fetchone()[0])


def _wait_until(is_so: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
