"""Who gets a zone, and who is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection

from identity.accounts.models import Organization, OrganizationKind
from identity.journal.actor import Actor, system
from identity.journal.models import Event
from identity.primitives.errors import AttornError, Conflict, InvalidInput
from registry.directory.models import Zone
from registry.directory.zones import create_zone


def test_it_gives_a_zone_and_writes_it_down(zone: Zone, acme: Organization) -> None:
    assert (zone.label, zone.organization) == ("acme", acme)
    assert Event.objects.get(kind="zone.created").subject == zone.pk


@pytest.mark.parametrize("label", ["ACME", "acme", " Acme "])
def test_it_refuses_a_taken_zone_in_any_case(
    zone: Zone, globex: Organization, by_charlie: Actor, at: datetime, label: str
) -> None:
    with pytest.raises(Conflict) as refusal:
        create_zone(organization=globex, label=label, actor=by_charlie, at=at)
    assert refusal.value.code == "name_taken"


@pytest.mark.parametrize("label", ["acrne", "ac-me", "ɑcme", "ac-rne"])
def test_it_refuses_a_look_alike_and_names_the_other(
    zone: Zone, globex: Organization, by_charlie: Actor, at: datetime, label: str
) -> None:
    with pytest.raises(Conflict) as refusal:
        create_zone(organization=globex, label=label, actor=by_charlie, at=at)
    assert refusal.value.code == "name_confusable"
    assert "“acme”" in refusal.value.detail


@pytest.mark.parametrize(
    "label", ["attorn", "att0rn", "adm1n", "admin", "s3curity", "de", "com", "c0m", "mcp-registry", "www", "rnx1"]
)
def test_it_refuses_reserved_words_and_their_imitations(
    acme: Organization, by_alice: Actor, at: datetime, label: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        create_zone(organization=acme, label=label, actor=by_alice, at=at)
    assert refusal.value.code == "name_reserved"


@pytest.mark.parametrize("label", ["127", "a.b", "-a", "", "a_b", "xn--a"])
def test_it_refuses_what_is_no_zone_label(acme: Organization, by_alice: Actor, at: datetime, label: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        create_zone(organization=acme, label=label, actor=by_alice, at=at)
    assert refusal.value.code == "name_invalid"


def test_it_gives_ten_zones_and_no_more(acme: Organization, by_alice: Actor, at: datetime) -> None:
    for number in range(10):
        create_zone(organization=acme, label=f"brand{chr(97 + number)}", actor=by_alice, at=at)
    with pytest.raises(Conflict) as refusal:
        create_zone(organization=acme, label="brandz", actor=by_alice, at=at)
    assert refusal.value.code == "zone_limit_reached"


@pytest.mark.django_db(transaction=True)
def test_it_lets_one_of_two_look_alikes_win_a_race(at: datetime) -> None:
    """Goal: two organizations ask for look-alikes at the same moment; the unique column lets exactly one through."""
    organizations = [
        Organization.objects.create(name=f"Racer {number}", kind=OrganizationKind.ORGANIZATION) for number in range(6)
    ]
    labels = ["modern", "rnodern", "mod-ern", "moderm", "rnoderrn", "modern"]

    def ask(place: int) -> str:
        try:
            create_zone(organization=organizations[place], label=labels[place], actor=system("race"), at=at)
        except AttornError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "made"

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(ask, range(6)))
    # modern, rnodern and mod-ern share one look; moderm and rnoderrn another.
    assert sorted(outcomes[place] for place in (0, 1, 2, 5)).count("made") == 1
    assert sorted(outcomes[place] for place in (3, 4)).count("made") == 1
    assert Zone.objects.count() == 2
