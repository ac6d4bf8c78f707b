"""Standard Webhooks, by the reference implementation's own vector and against whoever finds the endpoint."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from identity.primitives.multikey import PrivateKey, PublicKey
from identity.primitives.signing import LocalSigner
from registry.push.envelope import (
    Sealed,
    Unsealed,
    headers_of,
    new_secret,
    open_delivery,
    public_key_text,
    secret_bytes,
)

# standard-webhooks/standard-webhooks, libraries/python/tests (Apache-2.0).
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
SENT_AT = datetime.fromtimestamp(1614265330, UTC)
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_it_signs_as_the_reference_does() -> None:
    made = headers_of(message_id=HEADERS["webhook-id"], at=SENT_AT, body=BODY, secrets=[SECRET])
    assert made == HEADERS


def test_it_opens_what_the_reference_signed() -> None:
    named = {name.title(): value for name, value in HEADERS.items()}
    assert open_delivery(named, BODY, secrets=[SECRET], at=SENT_AT) == Sealed(HEADERS["webhook-id"], 1614265330)


@pytest.mark.parametrize(
    ("changes", "body", "code"),
    [
        ({}, b'{"test": 2432232315}', "signature_mismatch"),
        ({"webhook-id": "msg_other"}, BODY, "signature_mismatch"),
        ({"webhook-timestamp": "1614265331"}, BODY, "signature_mismatch"),
        ({"webhook-signature": "v1,"}, BODY, "signature_mismatch"),
        ({"webhook-signature": "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}, BODY, "signature_mismatch"),
        ({"webhook-signature": "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}, BODY, "signature_mismatch"),
        ({"webhook-signature": ""}, BODY, "headers_missing"),
        ({"webhook-timestamp": "16142653e0"}, BODY, "headers_missing"),
        ({"webhook-timestamp": "-1614265330"}, BODY, "headers_missing"),
    ],
)
def test_it_refuses_what_was_changed(changes, body, code) -> None:
    opened = open_delivery({**HEADERS, **changes}, body, secrets=[SECRET], at=SENT_AT)
    assert isinstance(opened, Unsealed)
    assert opened.code == code


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_it_refuses_what_was_recorded_and_is_played_again(seconds) -> None:
    opened = open_delivery(HEADERS, BODY, secrets=[SECRET], at=SENT_AT + timedelta(seconds=seconds))
    assert isinstance(opened, Unsealed)
    assert opened.code == "timestamp_out_of_tolerance"


def test_it_signs_with_both_secrets_and_the_registrys_key() -> None:
    key = PrivateKey.generate()
    old, new = new_secret(32), new_secret(32)
    signer = LocalSigner(key, "did:web:attorn.test#key-1")
    headers = headers_of(message_id="evt_1", at=SENT_AT, body=BODY, secrets=[new, old], signer=signer)
    assert [one.partition(",")[0] for one in headers["webhook-signature"].split(" ")] == ["v1", "v1", "v1a"]
    for given in ({"secrets": [old]}, {"secrets": [new]}, {"public_keys": [key.public_key]}):
        assert isinstance(open_delivery(headers, BODY, at=SENT_AT, **given), Sealed)
    stranger: PublicKey = PrivateKey.generate().public_key
    for given in ({"secrets": [new_secret(32)]}, {"public_keys": [stranger]}, {}):
        assert isinstance(open_delivery(headers, BODY, at=SENT_AT, **given), Unsealed)


def test_it_writes_keys_as_the_specification_does() -> None:
    assert len(secret_bytes(new_secret(32))) == 32
    assert public_key_text(PrivateKey.generate().public_key).startswith("whpk_")
    for text in ("whsec_", "whsec_c2hvcnQ=", "whsec_%%%", "whsec_" + "A" * 100):
        with pytest.raises(ValueError, match="webhook secret"):
            secret_bytes(text)
