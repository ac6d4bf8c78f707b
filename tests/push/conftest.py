"""Nordlicht sells to Acme's buyer and hears of it: receivers on loopback, subscriptions, and an hour hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.accounts.models import Organization
from identity.agents.lifecycle import SuspensionReason, reinstate, suspend
from identity.agents.models import Agent, SuspendedBy
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind, system
from identity.journal.drain import drain
from identity.journal.sequence import sequence
from registry.push.dispatch import Dispatched, dispatch
from registry.push.models import Subscription
from registry.push.readers import STATUS_EVENTS
from registry.push.subscriptions import Wish, create_subscription
from tests.push.receivers import Receivers, receivers
from tests.spending.conftest import (
    TOTAL_500,
    Holder,
    Shop,
    buyer,
    grant,
    make_holder,
    nordlicht,
    pass_on,
    planner,
    shop,
)

__all__ = ["buyer", "grant", "make_holder", "nordlicht", "pass_on", "planner", "shop"]

OLGA = Actor(ActorKind.OPERATOR, "usr_olga")


@pytest.fixture
def endpoint(settings: Any) -> Iterator[Receivers]:
    with receivers() as known:
        settings.FETCH_ALLOW_ADDRESSES = [known.address]
        yield known


@pytest.fixture
def seller(nordlicht: Agent) -> Organization:
    """The organization behind Nordlicht: Charlie's."""
    assert nordlicht.organization is not None
    return nordlicht.organization


@pytest.fixture
def subscribe(seller: Organization, at: datetime) -> Callable[..., Subscription]:
    """A webhook of the seller's, or whatever else is wished for."""

    def make(endpoint: str = "", *, organization: Organization | None = None, **wish: Any) -> Subscription:
        wanted = Wish(delivery="webhook" if endpoint else "poll", endpoint=endpoint, **wish)
        made, _ = create_subscription(
            organization=organization or seller, wish=wanted, actor=system("tests"), at=at - timedelta(seconds=1)
        )
        return made

    return make


@pytest.fixture
def bought(buyer: Holder, shop: Shop, grant: Callable[..., Delegation]) -> Delegation:
    """The buyer has bought once at Nordlicht, under this link."""
    root = grant(buyer, TOTAL_500, max_further_depth=1)
    assert shop.spend(buyer, root, 1_000).verdict == "approved"
    return root


@pytest.fixture
def stop(buyer: Holder, at: datetime) -> Callable[..., Agent]:
    """The registry suspends the buyer."""

    def act(agent: Agent | None = None) -> Agent:
        reason = SuspensionReason.ABUSE_REPORTED
        return suspend(agent=agent or buyer.agent, reason=reason, by=SuspendedBy.REGISTRY, actor=OLGA, at=at)

    return act


@pytest.fixture
def go_on(buyer: Holder, at: datetime) -> Callable[[], Agent]:
    def act() -> Agent:
        return reinstate(agent=buyer.agent, by=SuspendedBy.REGISTRY, actor=OLGA, at=at)

    return act


@pytest.fixture
def change(buyer: Holder, stop: Callable[[], Agent], go_on: Callable[[], Agent]) -> Callable[[int], None]:
    """So many changes of the buyer's standing, one event each."""

    def act(count: int) -> None:
        for _ in range(count):
            buyer.agent.refresh_from_db()
            go_on() if buyer.agent.status == "suspended" else stop()

    return act


class Hand:
    """The clock's hand: ``dispatch_at(seconds)`` runs the dispatcher that many seconds after the test's instant."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def dispatch_at(self, seconds: float = 0) -> Dispatched:
        return dispatch(clock=lambda: self.at + timedelta(seconds=seconds))


@pytest.fixture
def hand(at: datetime) -> Hand:
    return Hand(at)


def follow(at: datetime) -> None:
    """What the dispatcher does first: stamp and read the journal."""
    sequence()
    drain(STATUS_EVENTS, at=at)
