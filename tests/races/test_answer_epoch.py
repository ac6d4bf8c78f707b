"""A builder against a change, with real threads on a real database: an answer of a passed state is never stored."""

from __future__ import annotations

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from identity.agents.models import Agent, AgentStatus
from identity.primitives.clock import now
from registry.directory.models import Name, Zone, ZoneKind
from registry.resolution import resolve as resolution
from registry.resolution.models import Answer, Subject
from registry.resolution.resolve import resolve

pytestmark = pytest.mark.django_db(transaction=True)

CHANGES = 60


@pytest.fixture
def agent() -> Agent:
    agent = Agent(kind="foreign", status=AgentStatus.UNCLAIMED, display_name="0")
    agent.did = f"did:web:localhost%3A8000:agents:{agent.pk}"
    agent.save(force_insert=True)
    zone = Zone.objects.create(label="acme", kind=ZoneKind.REGISTERED, skeleton="acme")
    Name.objects.create(fqn="concierge.acme", zone=zone, skeleton="concierge.acme", agent=agent)
    return agent


def test_builders_racing_changes_never_leave_or_serve_a_passed_state(agent):
    """Four builders ask without pause while one changes: whoever asks after a commit must see it."""
    stop = threading.Event()
    committed = {"number": 0}
    stale: list[tuple[int, int]] = []

    def ask() -> int:
        count = 0
        try:
            while not stop.is_set():
                known = committed["number"]
                said = int(json.loads(resolve("concierge.acme", at=now()).body)["identity"]["display_name"])
                count += 1
                if said < known:
                    stale.append((said, known))
        finally:
            connection.close()
        return count

    with ThreadPoolExecutor(4) as pool:
        builders = [pool.submit(ask) for _ in range(4)]
        try:
            for number in range(1, CHANGES + 1):
                Agent.objects.filter(pk=agent.pk).update(display_name=str(number))
                committed["number"] = number
                time.sleep(random.uniform(0, 0.008))
        finally:
            stop.set()
        asked = sum(builder.result() for builder in builders)

    assert asked > CHANGES
    assert stale == []
    assert json.loads(bytes(Answer.objects.get(key="concierge.acme").body))["identity"]["display_name"] == str(CHANGES)


def test_a_change_between_reading_and_storing_wins(agent, monkeypatch):
    """The moment that matters, made to happen: the state is read, the change commits, then the answer is stored."""
    first = threading.Event()
    original = resolution.keep

    def slow_keep(built, *, at):
        if not first.is_set():
            first.set()
            thread = threading.Thread(target=_rename, args=(agent.pk, "changed"))
            thread.start()
            thread.join()
        return original(built, at=at)

    monkeypatch.setattr(resolution, "keep", slow_keep)

    answer = json.loads(resolve("concierge.acme", at=now()).body)

    assert answer["identity"]["display_name"] == "changed"
    assert answer["epoch"] == Subject.objects.get(agent=agent).epoch


def test_resolving_does_not_wait_for_a_change_in_progress(agent):
    """A long transaction must not stop the world from asking; what is served is what is committed."""
    holding, release = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Agent.objects.filter(pk=agent.pk).update(display_name="not yet")
                holding.set()
                release.wait(60)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert holding.wait(5)
    try:
        served = resolve("concierge.acme", at=now())
        assert thread.is_alive()  # the other has not ended: nobody waited for it
    finally:
        release.set()
        thread.join()

    assert json.loads(served.body)["identity"]["display_name"] == "0"
    assert not served.is_stored
    assert json.loads(resolve("concierge.acme", at=now()).body)["identity"]["display_name"] == "not yet"


def _rename(agent_id: str, text: str) -> None:
    try:
        Agent.objects.filter(pk=agent_id).update(display_name=text)
    finally:
        connection.close()
