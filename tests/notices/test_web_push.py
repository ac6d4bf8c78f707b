"""Messages that a browser can open, and nobody else. The vector is that of RFC 8291, appendix A."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.notices.web_push import (
    PLAINTEXT_BYTES_MAX,
    RECORD_BYTES,
    encrypt,
    from_base64url,
    point_of,
    receiver_of,
    to_base64url,
    vapid_header,
)
from tests.notices.browsers import Browser

AT = datetime(2026, 5, 4, tzinfo=UTC)
PLAINTEXT = b"When I grow up, I want to be a watermelon"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def key_of(text: str) -> EllipticCurvePrivateKey:
    return derive_private_key(int.from_bytes(from_base64url(text)), SECP256R1())


def test_it_encrypts_as_the_rfc_says() -> None:
    receiver, auth = receiver_of(P256DH, AUTH)
    body = encrypt(PLAINTEXT, receiver=receiver, auth=auth, sender=key_of(SENDER), salt=from_base64url(SALT))
    assert to_base64url(body) == BODY


@settings(max_examples=30, deadline=None)
@given(plaintext=st.binary(max_size=PLAINTEXT_BYTES_MAX), salt=st.binary(min_size=16, max_size=16))
def test_the_browser_reads_what_was_sent(plaintext: bytes, salt: bytes) -> None:
    browser = Browser()
    receiver, auth = receiver_of(browser.p256dh, browser.auth)
    body = encrypt(plaintext, receiver=receiver, auth=auth, sender=generate_private_key(SECP256R1()), salt=salt)
    assert len(body) <= RECORD_BYTES
    assert browser.opened(body) == plaintext


def test_more_than_one_record_is_not_sent() -> None:
    receiver, auth = receiver_of(P256DH, AUTH)
    with pytest.raises(ValueError, match="holds less"):
        encrypt(b"x" * (PLAINTEXT_BYTES_MAX + 1), receiver=receiver, auth=auth, sender=key_of(SENDER), salt=b"0" * 16)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        (to_base64url(b"\x04" + b"\x01" * 64), AUTH),  # off the curve
        (to_base64url(b"\x04"), AUTH),
        (P256DH, to_base64url(b"short")),
        ("", ""),
        ("ü" * 87, AUTH),
        (P256DH + " ", AUTH),
    ],
)
def test_it_takes_no_keys_that_are_none(p256dh: str, auth: str) -> None:
    with pytest.raises(ValueError):
        receiver_of(p256dh, auth)


def test_the_sender_names_herself_to_that_push_service_only() -> None:
    key = generate_private_key(SECP256R1())
    header = vapid_header(
        endpoint="https://push.example:8443/send/abc?x=1", key=key, contact="mailto:ops@example.org", at=AT
    )
    scheme, _, rest = header.partition(" ")
    values = dict(part.split("=", 1) for part in rest.split(", "))
    assert scheme == "vapid"
    assert from_base64url(values["k"]) == point_of(key.public_key())
    signed, _, signature = values["t"].rpartition(".")
    head, claims = (json.loads(from_base64url(part)) for part in signed.split("."))
    assert head == {"typ": "JWT", "alg": "ES256"}
    assert claims["aud"] == "https://push.example:8443"
    assert claims["sub"] == "mailto:ops@example.org"
    assert 0 < claims["exp"] - AT.timestamp() <= 86_400
    raw = from_base64url(signature)
    both = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key.public_key().verify(both, signed.encode(), ECDSA(SHA256()))
