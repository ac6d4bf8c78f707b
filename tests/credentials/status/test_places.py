"""Places: handed out once, at random; set, cleared and ended as the rules say, and as the database says again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from identity.credentials import status_lists
from identity.credentials.models import EntryStatus, StatusEntry, StatusList
from identity.credentials.models.status import LIST_ENTRIES
from identity.credentials.status_lists import (
    allocate,
    clear_suspended,
    own_entry,
    own_list,
    set_revoked,
    set_suspended,
    status_of,
)

pytestmark = pytest.mark.django_db


def test_it_hands_out_places_in_no_order(place):
    indexes = [place().index for _ in range(40)]

    assert len(set(indexes)) == 40
    assert indexes != sorted(indexes)
    # Forty of 131,072 by chance: all within a sixteenth of the list has the odds of one in 10^47.
    assert max(indexes) - min(indexes) > LIST_ENTRIES // 16


def test_one_index_serves_both_purposes_and_both_standards(place, settings):
    entry = place()
    revocation, suspension = entry.credential_status()
    number = entry.status_list_id

    assert revocation == {
        "id": f"{settings.PUBLIC_URL}/status/r/{number}#{entry.index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(entry.index),
        "statusListCredential": f"{settings.PUBLIC_URL}/status/r/{number}",
    }
    assert suspension["statusListCredential"] == f"{settings.PUBLIC_URL}/status/s/{number}"
    assert (suspension["statusPurpose"], suspension["statusListIndex"]) == ("suspension", str(entry.index))
    assert entry.token_status() == {
        "status_list": {"idx": entry.index, "uri": f"{settings.PUBLIC_URL}/status/t/{number}"}
    }


def test_it_opens_the_next_list_when_one_is_half_full(place, monkeypatch):
    first = place().status_list
    monkeypatch.setattr(status_lists, "LIST_FILL_MAX", 3)
    monkeypatch.setattr(status_lists, "_ALLOCATIONS_A_COUNT", 1)

    lists = [place().status_list_id for _ in range(5)]

    assert lists[:2] == [first.pk, first.pk]
    assert lists[2] > first.pk
    assert set(StatusList.objects.filter(closed_at=None).values_list("pk", flat=True)) == {lists[-1]}


def test_a_new_list_is_published_before_its_first_place_is_handed_out(place):
    assert place().status_list.publications.count() == 3


def test_a_suspension_is_lifted_and_a_revocation_is_not(place, at):
    entry = place()

    assert status_of(entry, at=at) is EntryStatus.ACTIVE
    assert set_suspended(entry, at=at) == 1
    assert status_of(entry, at=at) is EntryStatus.SUSPENDED
    assert clear_suspended(entry, at=at) == 1
    assert status_of(entry, at=at) is EntryStatus.ACTIVE
    assert set_revoked(entry, at=at) == 1
    assert status_of(entry, at=at) is EntryStatus.REVOKED

    assert [change(entry, at=at) for change in (set_suspended, clear_suspended, set_revoked)] == [0, 0, 0]
    assert status_of(entry, at=at) is EntryStatus.REVOKED


def test_revoking_what_is_suspended_ends_it(place, at):
    entry = place()
    set_suspended(entry, at=at)
    set_revoked(entry, at=at)

    assert clear_suspended(entry, at=at) == 0
    assert status_of(entry, at=at) is EntryStatus.REVOKED


def test_the_online_answer_is_that_of_the_database_not_of_the_row_in_hand(place, at):
    entry = place()
    set_revoked(StatusEntry.objects.get(pk=entry.pk), at=at)

    assert entry.status(at) is EntryStatus.ACTIVE
    assert status_of(entry, at=at) is EntryStatus.REVOKED


def test_many_are_set_at_once_and_only_the_changed_ones_are_counted(place, at):
    entries = [place() for _ in range(5)]
    set_revoked(entries[0], at=at)

    assert set_revoked(*entries, at=at + timedelta(seconds=1)) == 4
    assert {entry.revoked_at for entry in entries} == {at, at + timedelta(seconds=1)}


def test_it_knows_its_own_lists_and_their_places(place, settings):
    entry = place()
    for status in entry.credential_status():
        assert own_entry(status["statusListCredential"], entry.index) == entry
    assert own_entry(entry.token_status()["status_list"]["uri"], entry.index) == entry
    assert own_entry(entry.credential_status()[0]["statusListCredential"], entry.index ^ 1) is None


@pytest.mark.parametrize(
    "path",
    [
        "/status/r/0",
        "/status/r/01",
        "/status/r/1/",
        "/status/q/1",
        "/status/r/\u0661",
        "/status/r/1?x=1",
        "/status/r",
        "",
    ],
)
def test_it_takes_no_other_address_for_its_own_list(place, settings, path):
    place()
    assert own_list(settings.PUBLIC_URL + path) is None
    assert own_list("https://evil.example/" + settings.PUBLIC_URL + "/status/r/1") is None
    assert own_list(settings.PUBLIC_URL + ".evil.example/status/r/1") is None


@pytest.mark.parametrize(
    "change", [{"revoked_at": None}, {"index": 5}, {"subject": "crd_other"}], ids=["lift", "move", "give away"]
)
def test_the_database_refuses_what_the_rules_never_do(place, at, change):
    """Stops a fault or a hand in the database from bringing a revoked credential back to life."""
    entry = place()
    set_revoked(entry, at=at)

    with pytest.raises(IntegrityError), transaction.atomic():
        StatusEntry.objects.filter(pk=entry.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        StatusEntry.objects.filter(pk=entry.pk).delete()


@pytest.mark.django_db(transaction=True)
def test_places_are_handed_out_once_under_a_rush(at, monkeypatch):
    """Eight threads, a list of few free places in reach of the draw, and a list to be opened: never the same twice."""
    monkeypatch.setattr(status_lists.secrets, "randbelow", lambda entries: _draw(40))
    barrier = Barrier(8)

    def take(thread: int) -> list[tuple[int, int]]:
        try:
            barrier.wait(timeout=20)
            entries = [allocate(purpose_subject=f"crd_{thread}_{number}", at=at) for number in range(4)]
            return [(entry.status_list_id, entry.index) for entry in entries]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        places = [place for taken in pool.map(take, range(8)) for place in taken]

    assert len(set(places)) == len(places) == 32
    assert StatusEntry.objects.count() == 32
    assert StatusList.objects.filter(closed_at=None).count() == 1


def _draw(places: int) -> int:
    import random

    return random.SystemRandom().randrange(places)
