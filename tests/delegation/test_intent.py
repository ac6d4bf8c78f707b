"""Intents: signed by one key, for one purchase, for five minutes; everything else has its code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.credentials.jws import sign_jws
from identity.delegation.facts import Refusal
from identity.delegation.intent import INTENT_TYPE, Intent, SignedIntent, intent_refusal, read_intent, sign_intent
from identity.primitives.money import Money
from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from identity.primitives.signing import LocalSigner

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
AGENT, VENDOR, LEDGER = "did:web:ops.example:agents:buyer", "did:web:shop.example", "did:web:attorn.example"
KEY = PrivateKey.generate()
INTENT = Intent(
    agent=AGENT,
    vendor=VENDOR,
    ledger=LEDGER,
    delegation="dlg_01m7yvkwaajnjfd9ky5hjdv44d",
    action="/commerce/pay/once",
    amount=Money(4000, "EUR"),
    max_amount=Money(4400, "EUR"),
    order_hash="sha-256:9f86d081884c7d65",
    nonce="n" * 22,
    issued_at=AT,
    expires_at=AT + timedelta(seconds=300),
    offer_digest="sha-256:60303ae22b998861",
)


def signer(key: PrivateKey = KEY) -> LocalSigner:
    return LocalSigner(key, f"{AGENT}#key-1")


def claimed(header: dict[str, Any] | None = None, **changes: Any) -> Any:
    claims = {name: value for name, value in (INTENT.claims() | changes).items() if value is not ...}
    return read_intent(sign_jws({"typ": INTENT_TYPE} | (header or {}), claims, signer=signer()))


def judged(token: str, *, key: PrivateKey = KEY, holder: PrivateKey = KEY, **expected: Any) -> str | None:
    signed = read_intent(token)
    assert isinstance(signed, SignedIntent)
    wanted = {"agent": AGENT, "vendor": VENDOR, "ledger": LEDGER, "at": AT} | expected
    thumbprint = holder.public_key.thumbprint()
    refusal = intent_refusal(signed, public_key=key.public_key, holder_thumbprint=thumbprint, **wanted)
    return refusal.code if refusal else None


@pytest.mark.parametrize("algorithm", list(KeyAlgorithm))
def test_it_goes_round_and_holds(algorithm: KeyAlgorithm) -> None:
    key = PrivateKey.generate(algorithm)
    token = sign_intent(INTENT, signer=signer(key))
    signed = read_intent(token)
    assert isinstance(signed, SignedIntent)
    assert (signed.intent, signed.key_id) == (INTENT, f"{AGENT}#key-1")
    assert judged(token, key=key, holder=key) is None


def test_it_is_the_holders_for_this_vendor_now() -> None:
    token, other = sign_intent(INTENT, signer=signer()), PrivateKey.generate()
    assert judged(token, holder=other) == "holder_mismatch"
    assert judged(token, key=other, holder=other) == "agent_proof_invalid"
    assert judged(token, agent="did:web:ops.example:agents:other") == "holder_mismatch"
    assert judged(token, vendor="did:web:other.example") == "audience_mismatch"
    assert judged(token, ledger="did:web:other.example") == "ledger_mismatch"
    assert judged(token, at=AT + timedelta(seconds=299)) is None
    assert judged(token, at=AT + timedelta(seconds=300)) == "agent_proof_expired"
    assert judged(token, at=AT - timedelta(seconds=60)) is None
    assert judged(token, at=AT - timedelta(seconds=61)) == "agent_proof_expired"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": 0}, "amount_invalid"),
        ({"amount": -1}, "amount_invalid"),
        ({"amount": 4401}, "amount_invalid"),
        ({"amount": 40.5}, "amount_invalid"),
        ({"amount": "4000"}, "amount_invalid"),
        ({"amount": True}, "amount_invalid"),
        ({"maxAmount": 10**15}, "amount_overflow"),
        ({"exponent": 3}, "amount_scale_mismatch"),
        ({"currency": "JPY"}, "amount_scale_mismatch"),
        ({"currency": "EURC"}, "agent_proof_invalid"),
        ({"exp": int(AT.timestamp()) + 301}, "agent_proof_invalid"),
        ({"exp": int(AT.timestamp())}, "agent_proof_invalid"),
        ({"iat": AT.timestamp() + 0.5}, "agent_proof_invalid"),
        ({"iat": True}, "agent_proof_invalid"),
        ({"nonce": "short"}, "agent_proof_invalid"),
        ({"nonce": ...}, "agent_proof_invalid"),
        ({"orderHash": "md5:00"}, "agent_proof_invalid"),
        ({"action": "pay"}, "agent_proof_invalid"),
        ({"aud": ["a", "b"]}, "agent_proof_invalid"),
        ({"tip": 500}, "agent_proof_invalid"),
    ],
)
def test_it_refuses_what_makes_no_sense(changes: dict[str, Any], code: str) -> None:
    refused = claimed(**changes)
    assert isinstance(refused, Refusal)
    assert refused.code == code


@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"typ": "vc+jwt"}, {"crit": ["x"]}, {"b64": False}])
def test_it_is_of_its_own_type(header: dict[str, Any]) -> None:
    refused = claimed(header)
    assert isinstance(refused, Refusal)
    assert refused.code == "agent_proof_invalid"


def test_it_takes_no_algorithm_but_the_keys_own() -> None:
    token = sign_intent(INTENT, signer=signer())
    none = sign_jws({"typ": INTENT_TYPE, "alg": "none"}, INTENT.claims(), signer=signer())
    assert judged(none) == "agent_proof_invalid"
    header, payload, _ = token.split(".")
    signed = read_intent(f"{header}.{payload}.AAAA")
    assert isinstance(signed, Refusal) or not signed.is_signed_by(KEY.public_key)


@given(token=st.one_of(st.text(max_size=200), st.none(), st.integers(), st.binary(max_size=50)))
def test_it_reads_nonsense_as_a_refusal(token: Any) -> None:
    assert isinstance(read_intent(token), Refusal)


def test_it_leaves_out_an_offer_that_was_not_made() -> None:
    signed = read_intent(sign_intent(replace(INTENT, offer_digest=None), signer=signer()))
    assert isinstance(signed, SignedIntent)
    assert signed.intent.offer_digest is None
