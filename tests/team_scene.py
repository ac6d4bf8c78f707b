"""Acme's team: Alice owns, Bob develops, Lena lends within a rule, and there is a template to begin with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from identity.accounts.models import Organization, Role, User
from identity.accounts.organizations import add_member
from identity.delegation.lending_bounds import Bounds, Ceiling
from identity.delegation.lending_rules import set_lending_rule
from identity.delegation.models import LimitTemplate
from identity.delegation.templates import Offer, create_limit_template
from identity.journal.actor import Actor, ActorKind

SMALL = Bounds(
    may_lend=True,
    days_max=60,
    ceilings=(Ceiling(currency="EUR", per_purchase=5_000, per_window=20_000, window="month", total=60_000),),
)
SUPPLIES: list[dict[str, Any]] = [
    {"id": "L1", "type": "total", "amount": 60_000, "currency": "EUR", "exponent": 2, "refundRestores": True},
    {"id": "L2", "type": "per_transaction", "max": 5_000, "currency": "EUR", "exponent": 2},
    {"id": "L3", "type": "per_period", "amount": 20_000, "currency": "EUR", "exponent": 2}
    | {"period": "month", "alignment": "calendar", "timezone": "Europe/Berlin"},
    {"id": "L4", "type": "categories", "allow": ["5111"]},
    {"id": "L5", "type": "purpose", "text": "Paper and pens"},
]


@pytest.fixture
def by_alice(alice: User) -> Actor:
    return Actor(ActorKind.USER, alice.pk)


@pytest.fixture
def lena(acme: Organization, make_person: Callable[..., User], by_alice: Actor, at: datetime) -> User:
    person = make_person("Lena")
    add_member(organization=acme, user=person, role=Role.LENDER, actor=by_alice, at=at)
    return person


@pytest.fixture
def agent(acme: Organization, make_agent: Any) -> Any:
    return make_agent(acme, "Planner")


@pytest.fixture
def page(client: Client, acme: Organization) -> Callable[..., Any]:
    """``page(alice, "team/")`` looks; with ``data`` it sends."""

    def open_page(person: User, place: str, data: dict[str, Any] | None = None, **query: Any) -> Any:
        client.force_login(person)
        address = f"/console/{acme.pk}/{place}"
        return client.get(address, query) if data is None else client.post(address, data)

    return open_page


@pytest.fixture
def small(acme: Organization, by_alice: Actor, at: datetime) -> Bounds:
    return set_lending_rule(organization=acme, role=Role.LENDER, bounds=SMALL, actor=by_alice, at=at)


@pytest.fixture
def supplies(acme: Organization, by_alice: Actor, at: datetime) -> LimitTemplate:
    offer = Offer(name="Office supplies", constraints=SUPPLIES, days=30)
    return create_limit_template(organization=acme, offer=offer, actor=by_alice, at=at)
