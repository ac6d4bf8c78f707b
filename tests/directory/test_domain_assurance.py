"""A proven domain is assurance 1; what a command on the server noted stands beside it."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from identity.accounts.models import Organization
from identity.journal.actor import Actor, system
from identity.journal.models import Event
from registry.directory.domains import add_domain, apply_looks, remove_domain
from registry.directory.models import Domain
from registry.directory.proofs import Look, Method, Sight

pytestmark = pytest.mark.django_db
FOUND = {Method.DNS: Look(Sight.FOUND, "found")}
MISSING = {Method.DNS: Look(Sight.ABSENT, "nothing there")}
UNREACHABLE = {Method.DNS: Look(Sight.UNREACHABLE, "no answer")}
DAY = timedelta(days=1)


def level_of(organization: Organization) -> int:
    return Organization.objects.values_list("assurance_level", flat=True).get(pk=organization.pk)


def see(domain: Domain, looks: dict[Method, Look], at: datetime) -> Domain:
    return apply_looks(domain=domain, looks=looks, actor=system("tests"), at=at)


@pytest.fixture
def domain(acme: Organization, by_alice: Actor, at: datetime) -> Domain:
    return add_domain(organization=acme, domain="acme.example.com", actor=by_alice, at=at)


def lose(domain: Domain, at: datetime) -> None:
    for days in range(3):
        see(domain, MISSING, at + DAY * days)


def noted() -> list[tuple[int, int]]:
    events = Event.objects.filter(kind="organization.assurance_set").order_by("written_order")
    return [(event.payload["before"], event.payload["level"]) for event in events]


def test_a_proof_raises_it_and_its_loss_takes_it_back(domain: Domain, acme: Organization, at: datetime) -> None:
    assert level_of(acme) == 0
    see(domain, MISSING, at)
    assert level_of(acme) == 0
    see(domain, FOUND, at)
    assert level_of(acme) == 1
    see(domain, UNREACHABLE, at + DAY)
    assert level_of(acme) == 1
    lose(domain, at + 2 * DAY)
    assert level_of(acme) == 0
    assert noted() == [(0, 1), (1, 0)]


def test_another_proven_domain_keeps_it(domain: Domain, acme: Organization, by_alice: Actor, at: datetime) -> None:
    second = add_domain(organization=acme, domain="second.example.com", actor=by_alice, at=at)
    see(domain, FOUND, at)
    see(second, FOUND, at)
    remove_domain(domain=domain, actor=by_alice, at=at)
    assert level_of(acme) == 1
    remove_domain(domain=second, actor=by_alice, at=at)
    assert level_of(acme) == 0


def test_what_was_verified_beyond_a_domain_stands(domain: Domain, acme: Organization, at: datetime) -> None:
    call_command("organization_assurance", acme.pk, 2, "--legal-id", "DE-HRB-12345", stdout=StringIO())
    see(domain, FOUND, at)
    lose(domain, at + DAY)
    assert level_of(acme) == 2
    assert noted() == [(0, 2)]


def test_the_command_wants_a_legal_id_from_level_two_on(acme: Organization) -> None:
    with pytest.raises(CommandError, match="legal id"):
        call_command("organization_assurance", acme.pk, 2, stdout=StringIO())
    said = StringIO()
    call_command("organization_assurance", acme.pk, 1, stdout=said)
    assert said.getvalue() == f"Acme ({acme.pk}) is at level 1.\n"
    with pytest.raises(CommandError, match="no organization"):
        call_command("organization_assurance", "org_none", 1, stdout=StringIO())
