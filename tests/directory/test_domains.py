"""Proving a domain, keeping it, losing it: against a real name server and a real web server on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import dns.rcode
import pytest
from django.db import connection

from identity.accounts.models import Organization, OrganizationKind
from identity.credentials.dns import Unreachable, lookup_txt, resolve_host
from identity.credentials.fetch import Fetched, fetch
from identity.journal.actor import Actor, system
from identity.journal.models import Event
from identity.primitives.errors import Conflict
from registry.directory.domain_checks import check_domain, check_due_domains, claim_due_domains
from registry.directory.domains import add_domain, remove_domain
from registry.directory.models import Domain, DomainState, Name, NameStatus, Zone, ZoneKind
from registry.directory.proofs import proof_text
from registry.directory.register import register_name
from registry.directory.zones import create_zone
from tests.servers import Names, name_server, says, web

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def names(settings) -> Iterator[Names]:
    with name_server() as served:
        settings.DNS_SERVERS = [served.address]
        yield served


@pytest.fixture
def domain(acme: Organization, by_alice: Actor, at: datetime) -> Domain:
    return add_domain(organization=acme, domain="Example.COM.", actor=by_alice, at=at)


def publish(names: Names, domain: Domain) -> None:
    names.records[f"_attorn.{domain.domain}", "TXT"] = [f'"{proof_text(domain.token)}"', '"v=spf1 -all"']


def nothing_there(url: str) -> Fetched:
    return Fetched(404, "text/plain", b"")


def out_of_reach(url: str) -> Fetched:
    raise Unreachable("the connection failed")


def check(domain: Domain, at: datetime, get=nothing_there) -> Domain:
    return check_domain(domain=domain, actor=system("test"), at=at, get=get)


@pytest.fixture
def proven(domain: Domain, names: Names, at: datetime) -> Domain:
    publish(names, domain)
    return check(domain, at)


def test_it_is_proven_by_a_txt_record_and_opens_a_zone(proven: Domain, acme, by_alice: Actor, at: datetime) -> None:
    assert (proven.state, proven.method, proven.proven_at) == (DomainState.PROVEN, "dns", at)
    zone = Zone.objects.get(label="example.com")
    assert (zone.kind, zone.organization) == (ZoneKind.DOMAIN, acme)
    name = register_name(zone=zone, label="bot", actor=by_alice, at=at)
    assert name.fqn == "bot.example.com"
    assert register_name(zone=zone, label="admin", actor=by_alice, at=at)  # reserved words are not ours to keep here
    assert Event.objects.filter(subject=proven.pk, kind="domain.state_changed").count() == 1


def test_it_is_proven_by_a_well_known_file(domain: Domain, names: Names, settings, at: datetime) -> None:
    """The file is asked for through the guarded fetcher, at the address the name server gives."""
    names.records["example.com", "A"] = ["127.0.0.1"]
    body = f"# acme\n{proof_text(domain.token)}\n".encode()
    with web(says(body)) as server:
        settings.FETCH_ALLOW_ADDRESSES = [server.address]

        def get(url: str) -> Fetched:
            assert url == "https://example.com/.well-known/attorn-domain-proof.txt"
            return fetch(url.replace("https://example.com", f"http://example.com:{server.port}"))

        assert check(domain, at, get).state == DomainState.PROVEN
    domain.refresh_from_db()
    assert domain.method == "https"
    assert b"Host: example.com" in server.requests[0]


@pytest.mark.parametrize(
    "text", ["attorn-domain-proof=", "attorn-domain-proof=x", "TOKEN", "attorn-domain-proof=TOKENx"]
)
def test_it_is_not_proven_by_another_text(domain: Domain, names: Names, at: datetime, text: str) -> None:
    names.records["_attorn.example.com", "TXT"] = [f'"{text.replace("TOKEN", domain.token)}"']
    assert check(domain, at).state == DomainState.PENDING


def test_it_is_not_proven_by_a_redirect_or_an_error_page(domain: Domain, names: Names, at: datetime) -> None:
    proof = proof_text(domain.token).encode()
    for status in (301, 302, 403, 500):
        answer = Fetched(status, "text/plain", proof)
        assert check(domain, at, lambda url, answer=answer: answer).state == DomainState.PENDING


def test_it_stays_proven_while_it_cannot_be_reached(proven: Domain, names: Names, at: datetime) -> None:
    """*Unreachable* is not *changed*, however long it lasts; and silence is counted as nothing."""
    first = proven.proven_at
    names.rcode = dns.rcode.SERVFAIL
    for day in range(1, 40):
        proven = check(proven, at + day * DAY, out_of_reach)
        assert (proven.state, proven.proven_at, proven.failures) == (DomainState.UNREACHABLE, first, 0)
    names.rcode = None
    assert check(proven, at + 40 * DAY).state == DomainState.PROVEN


def test_it_is_lost_after_three_answers_without_it_over_a_day(
    proven: Domain, names: Names, zone: Zone, by_alice: Actor, at: datetime
) -> None:
    domain_zone = Zone.objects.get(label="example.com")
    name = register_name(zone=domain_zone, label="bot", actor=by_alice, at=at)
    names.records.clear()
    states = [check(proven, at + hours * HOUR).state for hours in (24, 30, 36, 47)]
    assert states == ["proven"] * 4  # four answers, but not yet a day
    assert check(proven, at + 48 * HOUR).state == DomainState.LOST
    name.refresh_from_db()
    assert name.statuses == [NameStatus.SERVER_HOLD]
    publish(names, proven)
    assert check(proven, at + 60 * HOUR).state == DomainState.PROVEN
    name.refresh_from_db()
    assert name.statuses == []


def test_it_is_not_lost_by_one_bad_day_with_silence_between(proven: Domain, names: Names, at: datetime) -> None:
    names.records.clear()
    check(proven, at + DAY)
    names.mute = True
    assert check(proven, at + 2 * DAY, out_of_reach).state == DomainState.UNREACHABLE
    names.mute = False
    publish(names, proven)
    fresh = check(proven, at + 3 * DAY)
    assert (fresh.state, fresh.failures, fresh.failing_since) == (DomainState.PROVEN, 0, None)


def test_it_goes_to_the_next_prover_once_it_is_lost(
    proven: Domain, names: Names, globex: Organization, by_alice: Actor, by_charlie: Actor, at: datetime
) -> None:
    register_name(zone=Zone.objects.get(label="example.com"), label="bot", actor=by_alice, at=at)
    other = add_domain(organization=globex, domain="example.com", actor=by_charlie, at=at)
    publish(names, other)  # the domain was sold: the old token is gone
    with pytest.raises(Conflict) as refused:
        check(other, at + HOUR)
    assert refused.value.code == "domain_taken"
    for hours in (1, 13, 26):
        check(proven, at + hours * HOUR)
    assert check(other, at + 27 * HOUR).state == DomainState.PROVEN
    assert Zone.objects.get(label="example.com").organization == globex
    assert not Name.objects.filter(fqn="bot.example.com").exists()


def test_it_refuses_a_look_alike_of_a_zone(proven: Domain, globex, by_charlie: Actor, at: datetime) -> None:
    with pytest.raises(Conflict) as refused:
        add_domain(organization=globex, domain="examp1e.com", actor=by_charlie, at=at)
    assert refused.value.code == "name_confusable"


def test_it_cannot_be_given_up_while_names_live_under_it(proven: Domain, by_alice: Actor, at: datetime) -> None:
    name = register_name(zone=Zone.objects.get(label="example.com"), label="bot", actor=by_alice, at=at)
    with pytest.raises(Conflict) as refused:
        remove_domain(domain=proven, actor=by_alice, at=at)
    assert refused.value.code == "domain_in_use"
    name.delete()
    remove_domain(domain=proven, actor=by_alice, at=at)
    assert not Zone.objects.filter(label="example.com").exists()


def test_it_drops_a_look_that_began_before_a_newer_one(proven: Domain, names: Names, at: datetime) -> None:
    names.records.clear()
    assert check(proven, at - HOUR).failures == 0


def test_it_looks_again_each_day_with_jitter_and_gives_up_on_the_never_proven(
    proven: Domain, names: Names, acme, by_alice: Actor, at: datetime
) -> None:
    assert 0.9 * DAY <= proven.next_check_at - at <= 1.1 * DAY
    waiting = add_domain(organization=acme, domain="other.example", actor=by_alice, at=at)
    young = check(waiting, at + 2 * HOUR)
    assert 1.8 * HOUR <= young.next_check_at - (at + 2 * HOUR) <= 2.2 * HOUR
    assert check(waiting, at + 31 * DAY).next_check_at is None


def test_it_checks_what_is_due_and_survives_one_that_is_taken(
    proven: Domain, names: Names, globex, by_charlie: Actor, at: datetime
) -> None:
    other = add_domain(organization=globex, domain="example.com", actor=by_charlie, at=at)
    names.records["_attorn.example.com", "TXT"].append(f'"{proof_text(other.token)}"')
    assert check_due_domains(at=at + 2 * DAY, get=nothing_there) == 2
    assert check_due_domains(at=at + 2 * DAY, get=nothing_there) == 0
    other.refresh_from_db()
    assert "another organization" in other.last_result
    proven.refresh_from_db()
    assert proven.state == DomainState.PROVEN


def test_it_takes_silence_and_failure_for_unreachable(names: Names) -> None:
    assert lookup_txt("nobody.example") == []
    names.rcode = dns.rcode.SERVFAIL
    with pytest.raises(Unreachable):
        lookup_txt("nobody.example")
    names.rcode, names.mute = None, True
    with pytest.raises(Unreachable, match="in time"):
        resolve_host("nobody.example", 0.4)


@pytest.mark.django_db(transaction=True)
def test_it_shares_due_domains_among_workers_without_overlap(at: datetime) -> None:
    """Goal: eight workers claim at once; every due domain is taken by exactly one of them."""
    organization = Organization.objects.create(name="Racer", kind=OrganizationKind.ORGANIZATION)
    Domain.objects.bulk_create(
        Domain(organization=organization, domain=f"d{number}.example", token="t", next_check_at=at)
        for number in range(40)
    )
    start = threading.Barrier(8)

    def claim(_: int) -> list[str]:
        try:
            start.wait()
            return [domain.pk for _ in range(3) for domain in claim_due_domains(at=at, limit=2)]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taken = [pk for claimed in pool.map(claim, range(8)) for pk in claimed]
    assert len(taken) == len(set(taken)) == 40


@pytest.mark.django_db(transaction=True)
def test_it_lets_one_of_two_provers_win_a_race(at: datetime) -> None:
    """Goal: both tokens are published and both organizations check at once; one holds the domain, the other is told."""
    organizations = [
        Organization.objects.create(name=f"Racer {number}", kind=OrganizationKind.ORGANIZATION) for number in range(2)
    ]
    create_zone(organization=organizations[0], label="unrelated", actor=system("race"), at=at)
    rows = [add_domain(organization=one, domain="race.example", actor=system("race"), at=at) for one in organizations]
    texts = [proof_text(row.token) for row in rows]
    start = threading.Barrier(2)

    def prove(row: Domain) -> str:
        try:
            start.wait()
            return check_domain(domain=row, actor=system("race"), at=at, lookup=lambda name: texts).state
        except Conflict as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(prove, rows)) == ["domain_taken", "proven"]
    assert Domain.objects.filter(state=DomainState.PROVEN).count() == 1
