"""Publication: every change reaches the list, none is lost, and what did not change keeps its bytes."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from identity.credentials import publish, status_lists
from identity.credentials.issuers import current_signer, registry_did, rotate_registry_key
from identity.credentials.models import StatusEntry, StatusListForm, StatusPublication
from identity.credentials.publish import current_publication, publish_due, publish_list
from identity.credentials.status_lists import clear_suspended, set_revoked, set_suspended
from identity.credentials.tasks import publish_status_lists
from identity.journal.actor import system
from identity.primitives.bitstring import bit_at, decode_bitstring, decode_token_list, status_at

pytestmark = pytest.mark.django_db
ALL = tuple(StatusListForm)


def _body(entry: StatusEntry, form: StatusListForm) -> bytes:
    return bytes(StatusPublication.objects.get(status_list=entry.status_list_id, form=form).body)


def _claims(token: bytes, part: int = 1) -> dict:
    text = token.split(b".")[part]
    return json.loads(base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)))


def _says(entry: StatusEntry) -> tuple[bool, bool, int]:
    """What the three published forms say: revoked, suspended, and the token's word."""
    encoded = [
        json.loads(_body(entry, form))["credentialSubject"]["encodedList"]
        for form in (StatusListForm.REVOCATION, StatusListForm.SUSPENSION)
    ]
    revoked, suspended = (bit_at(decode_bitstring(text), entry.index) for text in encoded)
    packed = decode_token_list(_claims(_body(entry, StatusListForm.TOKEN))["status_list"]["lst"])
    return revoked, suspended, status_at(packed, entry.index, width=2)


def test_each_change_shows_in_each_form(place, at):
    entry, other = place(), place()
    assert _says(entry) == (False, False, 0)

    for change, expected in [
        (set_suspended, (False, True, 2)),
        (clear_suspended, (False, False, 0)),
        (set_suspended, (False, True, 2)),
        (set_revoked, (True, True, 1)),
    ]:
        change(entry, at=at)
        publish_due(at=at)
        assert _says(entry) == expected
        assert _says(other) == (False, False, 0)


def test_it_publishes_only_lists_and_forms_that_changed(place, at):
    entry = place()
    before = dict(StatusPublication.objects.values_list("form", "etag"))
    assert publish_due(at=at) == []

    set_revoked(entry, at=at)
    (published,) = publish_due(at=at)

    after = dict(StatusPublication.objects.values_list("form", "etag"))
    assert published.forms == (StatusListForm.REVOCATION, StatusListForm.TOKEN)
    assert {form for form in after if after[form] != before[form]} == {"r", "t"}
    assert publish_due(at=at) == []


def test_a_thousand_changes_are_one_publication(place, at):
    entries = [place() for _ in range(50)]
    for entry in entries:
        set_revoked(entry, at=at)

    assert len(publish_due(at=at)) == 1
    assert all(_says(entry)[0] for entry in entries)


def test_it_signs_anew_before_the_signature_runs_out(place, at, settings):
    entry = place()
    half = timedelta(seconds=settings.STATUS_LIST_VALIDITY_SECONDS / 2)
    assert publish_due(at=at + half - timedelta(seconds=1)) == []

    (published,) = publish_due(at=at + half)

    assert published.forms == ALL
    stored = StatusPublication.objects.filter(status_list=entry.status_list_id)
    assert {publication.valid_until for publication in stored} == {at + half * 3}


def test_reading_a_list_whose_signature_ran_out_signs_it_anew(place, at, settings):
    number = place().status_list_id
    later = at + timedelta(seconds=settings.STATUS_LIST_VALIDITY_SECONDS)

    publication = current_publication(number, StatusListForm.REVOCATION, at=later)

    assert publication is not None
    assert publication.valid_until > later
    assert current_publication(number + 1, StatusListForm.REVOCATION, at=at) is None


def test_a_revocation_does_not_wait_behind_lists_that_age(place, at, settings, monkeypatch):
    monkeypatch.setattr(publish, "LISTS_A_RUN_MAX", 1)
    monkeypatch.setattr(status_lists, "LIST_FILL_MAX", 1)
    monkeypatch.setattr(status_lists, "_ALLOCATIONS_A_COUNT", 1)
    entries = [place() for _ in range(3)]
    set_revoked(entries[-1], at=at)
    later = at + timedelta(seconds=settings.STATUS_LIST_VALIDITY_SECONDS * 0.6)

    order = [[done.number for done in publish_due(at=later)] for _ in range(4)]

    assert order == [[entry.status_list_id] for entry in (entries[2], entries[0], entries[1])] + [[]]


def test_the_worker_publishes(place, at):
    entry = place()
    set_revoked(entry, at=at)

    publish_status_lists()

    assert _says(entry)[0]


def test_the_token_says_who_signed_what_until_when(place, at, settings):
    entry = place()
    token = _body(entry, StatusListForm.TOKEN)
    signer = current_signer()
    signed, signature = token.rsplit(b".", 1)

    assert _claims(token, 0) == {"alg": "EdDSA", "kid": signer.verification_method, "typ": "statuslist+jwt"}
    claims = _claims(token)
    assert claims["sub"] == entry.token_status()["status_list"]["uri"]
    assert (claims["iss"], claims["iat"]) == (registry_did(), int(at.timestamp()))
    assert claims["exp"] == claims["iat"] + settings.STATUS_LIST_VALIDITY_SECONDS
    assert claims["status_list"]["bits"] == 2
    assert signer.public_key.verify(base64.urlsafe_b64decode(signature + b"=="), signed)


def test_the_operator_publishes_by_hand(place, at, capsys):
    entry = place()
    set_revoked(entry, at=at)
    call_command("status_lists", "show")
    assert "1 waiting" in capsys.readouterr().out

    call_command("status_lists", "publish")

    out = capsys.readouterr().out
    assert "Signed 2 forms anew." in out
    assert "0 waiting" in out
    assert _says(entry)[0]


def test_every_list_is_signed_with_the_new_key_when_the_old_one_was_stolen(place, at, capsys):
    entry = place()
    rotate_registry_key(actor=system("tests"), at=at, compromised=True)

    call_command("status_lists", "publish", "--all")

    assert "Signed 3 forms anew." in capsys.readouterr().out
    assert _claims(_body(entry, StatusListForm.TOKEN), 0)["kid"] == current_signer().verification_method


@pytest.mark.django_db(transaction=True)
def test_a_change_that_commits_while_a_list_is_published_is_in_the_next_one(place, at):
    """Stops a revocation from falling between two publications: its flag is cleared only by one that read its bit."""
    early, late = place(), place()

    def revoke_late():
        try:
            set_revoked(late, at=at)
        finally:
            connection.close()

    set_revoked(early, at=at)
    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        publish_list(early.status_list_id, at=at)
        pool.submit(revoke_late).result(timeout=20)

    assert _says(early)[0]
    assert not _says(late)[0]
    assert len(publish_due(at=at)) == 1
    assert _says(late)[0]


@pytest.mark.django_db(transaction=True)
def test_a_list_that_another_worker_publishes_is_left_to_it(place, at):
    entry = place()
    set_revoked(entry, at=at)

    def publish_too():
        try:
            return publish_due(at=at)
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        publish_list(entry.status_list_id, at=at)
        assert pool.submit(publish_too).result(timeout=20) == []
    assert _says(entry)[0]
