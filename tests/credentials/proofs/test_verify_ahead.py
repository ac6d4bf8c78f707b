"""A batch's signatures are checked on two cores, and only good ones are remembered."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from identity.credentials.contexts import CREDENTIALS_V2
from identity.credentials.keys import ResolvedKey, Unresolved
from identity.credentials.proofs import signatures
from identity.credentials.proofs.ahead import verify_ahead
from identity.credentials.proofs.data_integrity import add_proofs, are_verified, verify_proofs
from identity.credentials.proofs.verdicts import GoodSignatures, verdict_key
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
ISSUER = "did:web:registry.example"
SIGNER = LocalSigner(PrivateKey.generate(), f"{ISSUER}#key-1")


def key_for(method: str) -> ResolvedKey | Unresolved:
    if method != SIGNER.verification_method:
        return Unresolved("key_not_found", "No such key.")
    return ResolvedKey(SIGNER.public_key, ISSUER, frozenset({"assertionMethod"}))


def credentials(count: int) -> list[dict[str, Any]]:
    return [
        add_proofs(
            {
                "@context": [CREDENTIALS_V2],
                "id": f"urn:uuid:{number}",
                "type": ["VerifiableCredential"],
                "issuer": ISSUER,
                "credentialSubject": {"id": "did:example:subject"},
            },
            signer=SIGNER,
            created=AT,
        )
        for number in range(count)
    ]


@pytest.fixture(autouse=True)
def remembered(monkeypatch: pytest.MonkeyPatch) -> GoodSignatures:
    nothing = GoodSignatures()
    monkeypatch.setattr(signatures, "_good_signatures", nothing)
    return nothing


@pytest.mark.parametrize("cores", [1, 2])
def test_it_finds_each_good_signature_and_no_other(cores: int, remembered: GoodSignatures) -> None:
    batch: list[Any] = credentials(20)
    batch[3]["credentialSubject"]["id"] = "did:example:mallory"
    batch[7]["proof"][0]["verificationMethod"] = "did:web:mallory.example#key-1"
    batch += [None, "text", {}, {"proof": [5, None, {}]}, {"proof": {"cryptosuite": "eddsa-jcs-2022"}}]
    batch.append({**batch[0], "x": float("nan")})
    assert verify_ahead(batch, key_for=key_for, cores=cores) == 18
    assert len(remembered) == 18


def test_it_changes_no_verdict(remembered: GoodSignatures) -> None:
    good, spoilt = credentials(2)
    spoilt["issuer"] = "did:web:mallory.example"
    verify_ahead([good, spoilt], key_for=key_for, cores=2)
    assert len(remembered) == 1
    assert are_verified(verify_proofs(good, key_for=key_for, issuer=ISSUER, at=AT))
    assert not are_verified(verify_proofs(spoilt, key_for=key_for, issuer="did:web:mallory.example", at=AT))
    late = AT.replace(year=2025)
    assert not are_verified(verify_proofs(good, key_for=key_for, issuer=ISSUER, at=late))


def test_it_asks_for_each_key_once_and_in_the_callers_thread() -> None:
    asked: list[tuple[str, int]] = []

    def ask(method: str) -> ResolvedKey | Unresolved:
        asked.append((method, threading.get_ident()))
        return key_for(method)

    verify_ahead(credentials(10), key_for=ask, cores=2)
    assert asked == [(SIGNER.verification_method, threading.get_ident())]


def test_it_remembers_a_bounded_number() -> None:
    few = GoodSignatures(limit=3)
    for number in range(10):
        few.add(bytes([number]))
    assert len(few) == 3
    assert bytes([9]) in few
    assert bytes([0]) not in few


def test_it_remembers_under_the_key_and_every_byte() -> None:
    assert verdict_key(b"ab", b"c") != verdict_key(b"a", b"bc")
