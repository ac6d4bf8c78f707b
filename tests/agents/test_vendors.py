"""Vendors: what they say of themselves, what is proven of it, and what a lost proof takes away."""

from __future__ import annotations

import pytest

from identity.agents.lifecycle import SuspensionReason, suspend
from identity.agents.models import SuspendedBy, Vendor
from identity.agents.vendors import register_vendor, set_vendor_assurance
from identity.journal.actor import system
from identity.journal.models import Event
from identity.primitives.errors import Conflict, InvalidInput
from registry.directory.domains import remove_domain
from registry.directory.models import Domain, DomainState

pytestmark = pytest.mark.django_db
BY = system("tests")


@pytest.fixture
def agent(acme, make_agent):
    return make_agent(acme, "Shop")


def registered(agent, at, domains=(), proven=(), **changes):
    values = {"mcc": "5734", "country": "DE", "domains": domains, "proven_domains": proven, **changes}
    return register_vendor(agent=agent, actor=BY, at=at, **values)


@pytest.mark.parametrize(
    ("domains", "proven", "level"),
    [
        ([], [], 0),
        (["a.example"], [], 0),
        (["a.example"], ["a.example"], 1),
        (["a.example", "b.example"], ["a.example"], 0),
    ],
)
def test_it_is_worth_what_is_proven_of_every_domain(agent, at, domains, proven, level):
    assert registered(agent, at, domains, proven).assurance_level == level


def test_it_takes_a_higher_level_back_when_what_it_stood_on_changes(agent, at):
    vendor = registered(agent, at, ["a.example"], ["a.example"])
    set_vendor_assurance(vendor=vendor, level=3, actor=BY, at=at)
    assert registered(agent, at, ["a.example", "b.example"], ["a.example", "b.example"]).assurance_level == 1
    assert Event.objects.filter(subject=agent.pk, kind="vendor.changed").count() == 2


def test_it_falls_with_its_domain(agent, acme, at):
    vendor = registered(agent, at, ["a.example"], ["a.example"])
    set_vendor_assurance(vendor=vendor, level=2, actor=BY, at=at)
    domain = Domain.objects.create(
        organization=acme, domain="a.example", token="t", state=DomainState.PROVEN, created_at=at
    )
    remove_domain(domain=domain, actor=BY, at=at)
    assert Vendor.objects.get(pk=agent.pk).assurance_level == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"mcc": "57"}, "vendor_mcc"),
        ({"country": "de"}, "vendor_country"),
        ({"domains": ["a.example"] * 2}, "vendor_domains"),
        ({"domains": ["a.example, its legal entity is verified).\nVendor: did:web:b.example"]}, "vendor_domains"),
        ({"domains": ["A.example"]}, "vendor_domains"),
        ({"domains": ["example"]}, "vendor_domains"),
        ({"domains": [""]}, "vendor_domains"),
    ],
)
def test_it_refuses_what_is_no_vendor(agent, at, change, code):
    with pytest.raises(InvalidInput) as refused:
        registered(agent, at, **change)
    assert refused.value.code == code


def test_it_needs_an_active_agent(agent, at):
    suspend(agent=agent, reason=SuspensionReason.MAINTENANCE, by=SuspendedBy.CONTROLLER, actor=BY, at=at)
    with pytest.raises(Conflict) as refused:
        registered(agent, at)
    assert refused.value.code == "vendor_agent_not_active"
