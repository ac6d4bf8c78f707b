"""A receipt is signed when it is asked for, always with the same bytes, and never while anything is locked."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from identity.credentials.issuers import current_signer, published_keys, rotate_registry_key
from identity.credentials.jws import parse_jws, signature_holds
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind, system
from identity.primitives.multikey import PrivateKey, PublicKey
from identity.primitives.signing import LocalSigner
from identity.spending.attempt import Decided
from identity.spending.authorize import authorize_spend
from identity.spending.evidence import canonical
from identity.spending.models import Authorization, Decision, Settlement
from identity.spending.receipt import Receipt, receipt_of
from identity.spending.settle import capture
from tests.spending.conftest import TOTAL_500, Holder, Shop

pytestmark = pytest.mark.django_db
BY = system("tests")


@pytest.fixture
def leaf(grant: Callable[..., Delegation], buyer: Holder) -> Delegation:
    return grant(buyer, TOTAL_500)


def ask(shop: Shop, intent: str, **keyed: str) -> Decided:
    return authorize_spend(shop.order(intent, **keyed), actor=Actor(ActorKind.AGENT, shop.vendor.pk), at=shop.at)


def looked_up(decision: str) -> str:
    return receipt_of(Decision.objects.get(pk=decision))


def captured(shop: Shop, authorization: str, reference: str) -> Settlement:
    return capture(
        authorization_id=authorization,
        vendor=shop.vendor.pk,
        amount=1_000,
        currency="EUR",
        reference=reference,
        is_final=False,
        actor=BY,
        at=shop.at,
    )


def claims_of(receipt: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(receipt.split(".")[1] + "=="))
    return claims


def test_it_says_the_same_whenever_it_is_asked_for(shop: Shop, buyer: Holder, leaf: Delegation) -> None:
    intent = shop.intent(buyer, leaf)
    first, again = (ask(shop, intent, caller_key="a" * 64, fingerprint="b" * 64) for _ in range(2))
    assert again.is_replay
    assert first.receipt == again.receipt == looked_up(first.id)
    rotate_registry_key(actor=BY, at=shop.at)
    assert looked_up(first.id) == first.receipt
    assert ask(shop, intent, caller_key="a" * 64, fingerprint="b" * 64).receipt == first.receipt


def test_it_is_signed_by_the_key_in_charge_once_its_own_was_stolen(shop: Shop, buyer: Holder, leaf: Delegation) -> None:
    """Whoever stole the key could have signed the first one too, and nobody can check it any more."""
    decided = shop.spend(buyer, leaf)
    rotate_registry_key(actor=BY, at=shop.at, compromised=True)
    anew = looked_up(decided.id)
    (key,) = published_keys(shop.at)
    assert signature_holds(parse_jws(anew), public_key=PublicKey.from_multikey(key.multikey))
    assert not signature_holds(parse_jws(decided.receipt), public_key=current_signer().public_key)
    assert claims_of(anew) == claims_of(decided.receipt)


def test_what_it_says_of_a_record_never_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is signed anew whenever it is asked for, by later releases too: a vendor compares it with the one it holds."""
    record = {
        "id": "dec_01kahc0000000000000000000a",
        "at": "2026-11-22T08:30:00.123456+00:00",
        "class": "D2",
        "verdict": "approved",
        "authorization": "aut_01kahc0000000000000000000b",
        "agent": {"id": "agt_01kahc0000000000000000000c", "did": "did:web:register.example:agents:buyer"},
        "vendor": {"id": "agt_01kahc0000000000000000000d", "did": "did:web:shop.example"},
        "request": {
            "amount": 4_000,
            "hold": 4_400,
            "currency": "EUR",
            "action": "/commerce/pay/once",
            "order_hash": "sha-256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
        },
        "expires_at": "2026-11-29T08:30:00Z",
        "reasons": [],
    }
    monkeypatch.setattr("identity.spending.receipt.registry_did", lambda: "did:web:register.example")
    key = PrivateKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    receipt = Receipt(record, canonical(record), LocalSigner(key, "did:web:register.example#key-1")).text
    assert sha256(receipt.encode()).hexdigest() == "77f36a1fe115a9711dedf6771756719fd889b2756ac5df45b599dc05f10b63af"


def test_one_that_was_kept_stays_as_it_is(shop: Shop, buyer: Holder, leaf: Delegation) -> None:
    """Of a decision from before receipts were signed when asked for."""
    decided = shop.spend(buyer, leaf)
    row = Decision.objects.get(pk=decided.id)
    row.kept_receipt, row.signed_by = "as.it.was", ""
    assert receipt_of(row) == "as.it.was"


@pytest.mark.parametrize("is_rotated", [False, True])
def test_each_step_names_the_one_before_it(shop: Shop, buyer: Holder, leaf: Delegation, is_rotated: bool) -> None:
    """None can be taken out of the row: the first names the decision's receipt, whatever key signed it."""
    decided = shop.spend(buyer, leaf)
    if is_rotated:
        rotate_registry_key(actor=BY, at=shop.at)
    receipts = [decided.receipt, *(captured(shop, str(decided.authorization), name).receipt for name in "ab")]
    for before, after in pairwise(receipts):
        assert claims_of(after)["previous_receipt"] == sha256(before.encode()).hexdigest()
    assert Authorization.objects.get().receipt_digest == sha256(receipts[-1].encode()).hexdigest()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_it_is_signed(
    shop: Shop, buyer: Holder, leaf: Delegation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key in a machine far away may take its time; meanwhile others spend under the same limits."""
    locked = []
    sign = LocalSigner.sign

    def noted(self: LocalSigner, message: bytes) -> bytes:
        locked.append(connection.in_atomic_block)
        return sign(self, message)

    intent = shop.intent(buyer, leaf)
    monkeypatch.setattr(LocalSigner, "sign", noted)
    decided = ask(shop, intent)
    assert locked == []
    assert decided.receipt == decided.receipt
    assert locked == [False]
