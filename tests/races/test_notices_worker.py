"""A real Celery worker tells people: woken by the commit of a question, killed with a message in hand, nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from identity.accounts.models import User
from identity.delegation.models import Delegation
from identity.primitives.clock import now
from registry.notices.models import Delivery, DeliveryState, PushDevice
from tests.notices.browsers import Browser, PushService, push_service
from tests.notices.test_approval_notices import ASK_ABOVE_25
from tests.spending.conftest import TOTAL_500, Holder, Shop
from tests.spending_scene import *  # noqa: F403 - fixtures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[2]
START_SECONDS_MAX = 90
PROMPT_SECONDS_MAX = 10  # well below one on a machine of its own; this one runs other tests at the same time
Starter = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as known:
        yield known


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def phone(alice: User, service: PushService, browser: Browser) -> PushDevice:
    keys = {"p256dh": browser.p256dh, "auth": browser.auth}
    return PushDevice.objects.create(user=alice, endpoint=service.url(), label="Phone", created_at=now(), **keys)


@pytest.fixture
def ask(grant: Callable[..., Delegation], buyer: Holder, shop: Shop) -> Callable[[], None]:
    link = grant(buyer, TOTAL_500, ASK_ABOVE_25)

    def put() -> None:
        assert shop.spend(buyer, link, 4000).verdict == "step_up_required"

    return put


@pytest.fixture
def worker(service: PushService, tmp_path: Path) -> Iterator[Starter]:
    """Starts a worker as ``manage.py up`` does, without a timetable, and waits until it listens for questions."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        celery = [sys.executable, "-m", "celery", "--app", "registry.celery", "--quiet", "worker", "--queues", "celery"]
        options = ["--pool", "solo", "--hostname", f"notices{len(started)}@{os.getpid()}", "--loglevel", "error"]
        environment = _environment(service, tmp_path)
        with (tmp_path / "worker.log").open("ab") as log:
            started.append(subprocess.Popen([*celery, *options], cwd=ROOT, env=environment, stdout=log, stderr=log))
        _wait_until(_is_listening, START_SECONDS_MAX)
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait(20)


def test_the_phone_rings_by_the_commit(
    worker: Starter, phone: PushDevice, service: PushService, browser: Browser, ask: Callable[[], None]
) -> None:
    worker()
    ask()
    _wait_until(lambda: bool(service.messages), PROMPT_SECONDS_MAX)
    assert browser.shown(service.messages[0].body)["title"].startswith("May it spend 40.00 EUR at")


def test_a_killed_worker_loses_nothing(
    worker: Starter, phone: PushDevice, service: PushService, ask: Callable[[], None]
) -> None:
    """Killed while the push service has the message in hand and has not answered: it comes again."""
    first = worker()
    service.delays["/send/phone"] = 3.0
    ask()
    _wait_until(lambda: bool(service.messages), PROMPT_SECONDS_MAX)
    os.kill(first.pid, signal.SIGKILL)
    first.wait(10)
    service.delays.clear()
    assert Delivery.objects.filter(channel="push", state=DeliveryState.WAITING).count() == 1
    Delivery.objects.update(due_at=now())  # what waiting for the end of the lease comes to
    worker()  # it looks for what it missed as soon as it listens
    _wait_until(lambda: not Delivery.objects.filter(state=DeliveryState.WAITING).exists(), PROMPT_SECONDS_MAX)
    assert len(service.messages) == 2


def _environment(service: PushService, folder: Path) -> dict[str, Any]:
    database = connection.settings_dict
    host, port = database["HOST"], database["PORT"]
    address = f"{host}:{port}" if not host.startswith("/") else ""
    query = f"?host={host}&port={port}" if host.startswith("/") else ""
    return {
        **os.environ,
        "DATABASE_URL": f"postgres://{database['USER']}@{address}/{database['NAME']}{query}",
        "REDIS_URL": settings.REDIS_URL,
        "FETCH_ALLOW_ADDRESSES": service.address,
        "ATTORN_VAR_DIR": str(folder),
        "PYTHONWARNINGS": "ignore",
        "LOG_LEVEL": "ERROR",
    }


def _is_listening() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'attorn-questions-waking' "
            "AND datname = current_database() AND query LIKE 'LISTEN%%'"
        )
        return bool(cursor.fetchone()[0])


def _wait_until(is_so: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
