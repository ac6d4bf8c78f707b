"""The registry's own keys: made once, sealed, rotated, withdrawn."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection

from identity.credentials import issuers
from identity.credentials.issuers import (
    current_signer,
    published_keys,
    registry_did_document,
    rotate_registry_key,
)
from identity.credentials.limits import CLOCK_SKEW, VALID_FOR_MAX
from identity.credentials.models import IssuerKey
from identity.journal.actor import system
from identity.journal.models import Event
from identity.primitives.errors import Unavailable
from identity.primitives.multikey import KeyAlgorithm, PublicKey

OPERATOR = system("tests")
OTHER_MASTER_KEY = base64.b64encode(b"another-master-key-of-32-bytes!!").decode()


def test_it_makes_the_first_key_on_first_use(db):
    signer = current_signer()
    key = IssuerKey.objects.get()
    assert signer.verification_method == f"did:web:localhost%3A8000#{key.fragment}"
    assert PublicKey.from_multikey(key.multikey).verify(signer.sign(b"message"), b"message")
    assert current_signer() == signer
    assert Event.objects.get().payload == {"fragment": key.fragment}


@pytest.mark.django_db(transaction=True)
def test_it_makes_one_first_key_when_many_processes_start_at_once():
    barrier = Barrier(8)

    def start(_):
        try:
            barrier.wait(timeout=20)
            return current_signer().verification_method
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(8)))) == 1
    assert IssuerKey.objects.count() == Event.objects.count() == 1


def test_it_never_stores_a_private_key_in_the_clear(db):
    signer = current_signer()
    sealed = bytes(IssuerKey.objects.get().private_key_encrypted)
    assert b"PRIVATE KEY" not in sealed
    assert signer.private_key.to_pem().encode() not in sealed


def test_it_refuses_a_private_key_moved_to_the_row_of_another(db, at):
    current_signer()
    rotate_registry_key(actor=OPERATOR, at=at)
    new, old = IssuerKey.objects.order_by("-is_current")
    IssuerKey.objects.filter(pk=new.pk).update(private_key_encrypted=old.private_key_encrypted)
    with pytest.raises(Unavailable):
        current_signer()


def test_it_says_so_when_the_master_key_does_not_fit(db, settings):
    current_signer()
    settings.MASTER_KEY = OTHER_MASTER_KEY
    with pytest.raises(Unavailable) as refusal:
        current_signer()
    assert refusal.value.code == "registry_key_unreadable"


def test_it_signs_with_the_new_key_right_after_a_rotation(db, at):
    before = current_signer()
    rotate_registry_key(actor=OPERATOR, at=at)
    after = current_signer()
    assert after.verification_method != before.verification_method
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == [
        "registry_key.created",
        "registry_key.retired",
        "registry_key.created",
    ]


def test_it_keeps_the_retired_key_published_with_the_time_it_stops_counting(db, at):
    retired = current_signer()
    rotate_registry_key(actor=OPERATOR, at=at)
    keys = published_keys(at + timedelta(days=900))
    assert [key.expires is None for key in keys] == [True, False]
    assert keys[1].multikey == retired.public_key.multikey
    assert keys[1].expires == at + VALID_FOR_MAX + CLOCK_SKEW


def test_it_has_a_key_of_another_algorithm_beside_the_first_once_it_is_asked_for(db, at):
    first, other = current_signer(), current_signer(KeyAlgorithm.P256)
    assert current_signer().verification_method == first.verification_method
    assert other.public_key.algorithm is KeyAlgorithm.P256
    rotate_registry_key(actor=OPERATOR, at=at)
    assert current_signer(KeyAlgorithm.P256).verification_method != other.verification_method
    assert current_signer().verification_method != first.verification_method
    assert IssuerKey.objects.filter(is_current=True).count() == 2


def test_it_withdraws_a_compromised_key_at_once(db, at):
    current_signer()
    rotate_registry_key(actor=OPERATOR, at=at, compromised=True)
    assert [key.expires for key in published_keys(at + timedelta(seconds=1))] == [None]
    assert Event.objects.get(kind="registry_key.retired").payload["reason"] == "compromised"


def test_it_publishes_its_own_did_document(db, at):
    document = registry_did_document(at)
    method = document["verificationMethod"][0]
    assert document["id"] == method["controller"] == "did:web:localhost%3A8000"
    assert method["publicKeyMultibase"] == current_signer().public_key.multikey
    assert document["assertionMethod"] == document["authentication"] == [method["id"]]


def test_it_changes_the_master_key_without_a_pause(db, at, settings):
    signer = current_signer()
    rotate_registry_key(actor=OPERATOR, at=at)
    settings.MASTER_KEY, settings.MASTER_KEY_PREVIOUS = OTHER_MASTER_KEY, settings.MASTER_KEY
    assert current_signer().verification_method != signer.verification_method
    assert issuers.reencrypt_registry_keys() == 2
    settings.MASTER_KEY_PREVIOUS = ""
    assert current_signer().public_key.verify(current_signer().sign(b"m"), b"m")


def test_it_reencrypts_all_keys_or_none(db, at, settings):
    current_signer()
    rotate_registry_key(actor=OPERATOR, at=at)
    IssuerKey.objects.filter(is_current=True).update(private_key_encrypted=b"\x01broken")
    before = dict(IssuerKey.objects.values_list("pk", "private_key_encrypted"))
    with pytest.raises(Unavailable):
        issuers.reencrypt_registry_keys()
    assert dict(IssuerKey.objects.values_list("pk", "private_key_encrypted")) == before


def test_it_cannot_have_two_current_keys(db):
    current_signer()
    with pytest.raises(IntegrityError):
        IssuerKey.objects.create(fragment="x", multikey="x", private_key_encrypted=b"", is_current=True)


def test_it_shows_and_rotates_by_command(db, capsys):
    call_command("registry_key", "show")
    call_command("registry_key", "rotate")
    call_command("registry_key", "reencrypt")
    shown = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[-1].split(" ")[0] for line in shown] == ["signs", "signs", "proves", "Sealed"]


def test_it_starts_afresh_by_rotation_when_the_master_key_is_lost(db, at, settings):
    current_signer()
    settings.MASTER_KEY = OTHER_MASTER_KEY
    rotate_registry_key(actor=OPERATOR, at=at)
    signer = current_signer()
    assert signer.public_key.verify(signer.sign(b"m"), b"m")
