"""What ``bench.push`` measures inside of Django: receivers subscribe, an agent is stopped and goes on."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

from identity.accounts.models import Organization
from identity.agents.lifecycle import SuspensionReason, reinstate, suspend
from identity.agents.models import Agent, SuspendedBy
from identity.journal.actor import system
from identity.primitives.clock import now
from identity.primitives.ids import new_organization_id
from registry.push.models import Subscription
from registry.push.subscriptions import Wish, create_subscription

PATIENCE_SECONDS = 60.0
BENCH = system("bench")


def changes(*, port: int, down: int, receivers: int, changes: int, troubled: int) -> None:
    """Prints, for each change, the seconds from its commit to every healthy receiver."""
    agent = Agent.objects.create(
        did="did:web:localhost%3A8000:agents:bench", organization=_organization("Owner"), display_name="Bench"
    )
    for number in range(receivers):
        _subscribe(agent, f"http://127.0.0.1:{port}/healthy/{number}")
    for number in range(troubled):
        _subscribe(agent, f"http://127.0.0.1:{port}/slow/{number}")
        _subscribe(agent, f"http://127.0.0.1:{down}/{number}")
    _wait_until(lambda: Subscription.objects.filter(verified_at=None, endpoint__contains="/healthy/").count() == 0)
    time.sleep(2)
    print(json.dumps([_change(agent, number, port, receivers) for number in range(changes)]))


def _change(agent: Agent, number: int, port: int, receivers: int) -> list[float]:
    if number % 2:
        reinstate(agent=agent, by=SuspendedBy.REGISTRY, actor=BENCH, at=now())
    else:
        reason = SuspensionReason.ABUSE_REPORTED
        suspend(agent=agent, reason=reason, by=SuspendedBy.REGISTRY, actor=BENCH, at=now())
    committed_at = time.time()
    found: list[float] = []

    def all_arrived() -> bool:
        found[:] = [arrived[number] - committed_at for arrived in _arrivals(port) if len(arrived) > number]
        return len(found) == receivers

    _wait_until(all_arrived)
    time.sleep(1)
    return found


def _arrivals(port: int) -> list[list[float]]:
    """When each healthy receiver got each event, signs of life left out."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
        arrived: dict[str, list[tuple[str, float]]] = json.load(answer)
    return [
        [at for kind, at in seen if kind != "verification"]
        for path, seen in arrived.items()
        if path.startswith("/healthy/")
    ]


def _subscribe(agent: Agent, endpoint: str) -> None:
    wish = Wish(delivery="webhook", endpoint=endpoint, agents=[agent.pk])
    create_subscription(organization=_organization(endpoint[-40:]), wish=wish, actor=BENCH, at=now())


def _organization(name: str) -> Organization:
    return Organization.objects.create(id=new_organization_id(), kind="organization", name=name, country="DE")


def _wait_until(is_so: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError("not every receiver got the event in time")
        time.sleep(0.5)
