"""Nordlicht, Südlicht and Ostlicht sell; Acme's buyer buys from each of them; Olga and Oskar are operators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from identity.accounts.models import Organization, OrganizationKind, User
from identity.accounts.organizations import create_organization
from identity.agents.models import Agent
from identity.agents.vendors import register_vendor, set_vendor_assurance
from identity.journal.actor import Actor, ActorKind, system
from identity.spending.models import Authorization
from reputation.moderation.models import Report
from reputation.moderation.reports import file_report
from reputation.moderation.standing_to_report import Reporter
from tests.spending.conftest import (  # noqa: F401
    TOTAL_500,
    Holder,
    Shop,
    buyer,
    grant,
    make_holder,
    pass_on,
    planner,
)

CLERK = system("tests")
PRICE = 300  # 3 EUR: below every ceiling of the registry's own


def by(operator: User) -> Actor:
    return Actor(ActorKind.OPERATOR, operator.pk)


@pytest.fixture
def oskar(make_person: Callable[..., User]) -> User:
    """A second operator."""
    return make_person("Oskar", is_staff=True)


@pytest.fixture
def make_organization(make_person: Callable[..., User], at: datetime) -> Callable[..., Organization]:
    """An organization with an owner of its own, or of a given one."""

    def make(name: str, owner: User | None = None) -> Organization:
        return create_organization(
            name=name,
            kind=OrganizationKind.ORGANIZATION,
            owner=owner or make_person(f"{name}-owner"),
            actor=CLERK,
            at=at,
        )

    return make


@pytest.fixture
def make_vendor(
    make_organization: Callable[..., Organization], make_agent: Callable[..., Agent], at: datetime
) -> Callable[..., Agent]:
    """A verified shop (assurance 2) of an organization of its own, or of a given one."""

    def make(name: str, organization: Organization | None = None, *, level: int = 2, **more: Any) -> Agent:
        agent = make_agent(organization or make_organization(f"{name} AG"), name)
        domain = [f"{name.lower()}.example"]
        values = {"mcc": "5734", "country": "DE", "domains": domain, "proven_domains": domain, **more}
        vendor = register_vendor(agent=agent, actor=CLERK, at=at, **values)
        set_vendor_assurance(vendor=vendor, level=level, actor=CLERK, at=at)
        return agent

    return make


@pytest.fixture
def vendors(make_vendor: Callable[..., Agent]) -> list[Agent]:
    """Three unrelated shops."""
    return [make_vendor(name) for name in ("Nordlicht", "Suedlicht", "Ostlicht")]


@pytest.fixture
def make_purchase(buyer: Holder, grant: Callable[..., Any], at: datetime) -> Callable[..., Authorization]:  # noqa: F811
    """Acme's buyer buys for 3 EUR under authority of its own, or of a given principal."""

    def make(vendor: Agent, principal: Organization | None = None) -> Authorization:
        shop = Shop(vendor, at)
        decided = shop.spend(buyer, grant(buyer, TOTAL_500, principal=principal), PRICE)
        assert decided.authorization, decided.record["reasons"]
        return Authorization.objects.get(pk=decided.authorization)

    return make


@pytest.fixture
def report(at: datetime) -> Callable[..., Report]:
    """A vendor reports the buyer of a purchase."""

    def make(purchase: Authorization, kind: str = "dispute", **more: Any) -> Report:
        vendor = Agent.objects.select_related("organization").get(pk=purchase.vendor)
        values = {"text": "Ordered, received, disputed.", "authorization": purchase.pk, "at": at, **more}
        about = values.pop("about", None) or Agent.objects.get(pk=purchase.agent)
        return file_report(
            about=about, kind=kind, by=values.pop("by", Reporter(vendor.organization)), actor=CLERK, **values
        )

    return make
