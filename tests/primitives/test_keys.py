"""Keys: every form says the same key, and bad ones never enter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import base58
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from identity.primitives import base58btc
from identity.primitives.edwards25519 import is_trustworthy_point
from identity.primitives.errors import InvalidInput
from identity.primitives.multikey import KeyAlgorithm, PrivateKey, PublicKey

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent.parent / "vectors" / "keys.json").read_text())
every_algorithm = pytest.mark.parametrize("algorithm", list(KeyAlgorithm))


def ed25519_multikey(point: bytes) -> str:
    return "z" + base58btc.encode(b"\xed\x01" + point)


def refusal(make: Any, *arguments: Any) -> str:
    with pytest.raises(InvalidInput) as caught:
        make(*arguments)
    return caught.value.code


@pytest.mark.parametrize("vector", VECTORS["ed25519_signatures"], ids=lambda vector: vector["name"])
def test_it_signs_and_verifies_as_rfc_8032_does(vector: dict[str, str]) -> None:
    message, signature = bytes.fromhex(vector["message"]), bytes.fromhex(vector["signature"])
    private = PrivateKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["seed"])))
    public = PublicKey.from_multikey(ed25519_multikey(bytes.fromhex(vector["public"])))
    assert private.public_key == public
    assert private.sign(message) == signature
    assert public.verify(signature, message)
    assert not public.verify(signature, message + b"\0")


@pytest.mark.parametrize("vector", VECTORS["thumbprints"], ids=lambda vector: vector["name"])
def test_it_makes_the_rfc_7638_thumbprint(vector: dict[str, Any]) -> None:
    assert PublicKey.from_jwk(vector["jwk"]).thumbprint() == vector["thumbprint"]


@every_algorithm
def test_it_reads_every_form_it_writes(algorithm: KeyAlgorithm) -> None:
    public = PrivateKey.generate(algorithm).public_key
    assert PublicKey.from_multikey(public.multikey) == public
    assert PublicKey.from_jwk({**public.jwk(), "kid": "1", "use": "sig"}) == public
    assert PublicKey.from_pem(public.to_pem()) == public
    assert public.algorithm is algorithm


@every_algorithm
def test_it_keeps_a_private_key_through_pem(algorithm: KeyAlgorithm) -> None:
    private = PrivateKey.generate(algorithm)
    again = PrivateKey.from_pem(private.to_pem())
    assert again.public_key.verify(private.sign(b"hello"), b"hello")
    assert again.public_key == private.public_key


@every_algorithm
def test_it_never_shows_a_private_key(algorithm: KeyAlgorithm) -> None:
    private = PrivateKey.generate(algorithm)
    assert repr(private) == f"<PrivateKey of {private.public_key.multikey}>"


@every_algorithm
@pytest.mark.parametrize("signature", [b"", b"\0" * 63, b"\0" * 64, b"\xff" * 64, b"\0" * 65, b"\0" * 96])
def test_it_refuses_a_signature_of_the_wrong_form(algorithm: KeyAlgorithm, signature: bytes) -> None:
    assert not PrivateKey.generate(algorithm).public_key.verify(signature, b"hello")


@every_algorithm
@given(message=st.binary(max_size=64), flipped=st.integers(0, 511))
def test_it_refuses_a_signature_with_one_bit_changed(algorithm: KeyAlgorithm, message: bytes, flipped: int) -> None:
    private = PrivateKey.generate(algorithm)
    signature = bytearray(private.sign(message))
    assert private.public_key.verify(bytes(signature), message)
    signature[flipped // 8] ^= 1 << flipped % 8
    assert not private.public_key.verify(bytes(signature), message)


def test_it_signs_p256_as_raw_r_and_s() -> None:
    private = PrivateKey.generate(KeyAlgorithm.P256)
    assert {len(private.sign(bytes([number]))) for number in range(32)} == {64}


SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
]
NOT_CANONICAL = [
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


@pytest.mark.parametrize("point", SMALL_ORDER + NOT_CANONICAL)
def test_it_refuses_points_of_small_order_and_second_spellings(point: str) -> None:
    body = bytes.fromhex(point)
    assert refusal(PublicKey.from_multikey, ed25519_multikey(body)) == "malformed_key"
    pem = Ed25519PublicKey.from_public_bytes(body).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert refusal(PublicKey.from_pem, pem.decode()) == "malformed_key"


def test_it_knows_a_point_from_bytes_that_are_none() -> None:
    assert not is_trustworthy_point((2).to_bytes(32, "little"))
    assert not is_trustworthy_point(b"")
    for _ in range(50):
        assert is_trustworthy_point(Ed25519PrivateKey.generate().public_key().public_bytes_raw())


def test_it_refuses_p256_bytes_that_are_no_point() -> None:
    for body in (b"\x02" + b"\xff" * 32, b"\x04" + b"\1" * 64, b"\x02" + b"\1" * 31, b"\x00"):
        assert refusal(PublicKey.from_multikey, "z" + base58btc.encode(b"\x80\x24" + body)) == "malformed_key"
    jwk = PrivateKey.generate(KeyAlgorithm.P256).public_key.jwk()
    assert refusal(PublicKey.from_jwk, {**jwk, "y": jwk["x"]}) == "malformed_key"


@pytest.mark.parametrize("multikey", ["", "z", "z6Mk", "z0OIl", "u7QE", "z" + "1" * 500, "z6MkiTBz1ymuepAQ4HEHYSF1 "])
def test_it_refuses_text_that_is_no_multikey(multikey: str) -> None:
    assert refusal(PublicKey.from_multikey, multikey) in {"malformed_key", "unsupported_key"}


def test_it_says_which_kinds_it_takes() -> None:
    x25519 = VECTORS["did_key_unsupported"][1].removeprefix("did:key:")
    assert refusal(PublicKey.from_multikey, x25519) == "unsupported_key"
    assert refusal(PublicKey.from_jwk, {"kty": "RSA", "n": "AQAB", "e": "AQAB"}) == "unsupported_key"
    p521 = ec.generate_private_key(ec.SECP521R1())
    big = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for key in (p521, big):
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        assert refusal(PublicKey.from_pem, public.decode()) == "unsupported_key"
        assert refusal(PrivateKey.from_pem, private.decode()) == "unsupported_key"


@every_algorithm
def test_it_refuses_a_private_key_sent_by_mistake(algorithm: KeyAlgorithm) -> None:
    private = PrivateKey.generate(algorithm)
    assert refusal(PublicKey.from_pem, private.to_pem()) == "malformed_key"
    assert refusal(PublicKey.from_jwk, {**private.public_key.jwk(), "d": "AAAA"}) == "malformed_key"


@pytest.mark.parametrize(
    "member",
    [
        None,
        5,
        "",
        "AAAA",
        "A" * 42 + "=",
        "A" * 43 + "\n",
        "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp",
    ],
)
def test_it_refuses_a_jwk_member_that_is_not_32_bytes(member: object) -> None:
    assert refusal(PublicKey.from_jwk, {"kty": "OKP", "crv": "Ed25519", "x": member}) == "malformed_key"


@pytest.mark.parametrize("text", ["", "hello", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "ключ"])
def test_it_refuses_a_broken_pem(text: str) -> None:
    assert refusal(PublicKey.from_pem, text) == "malformed_key"
    assert refusal(PrivateKey.from_pem, text) == "malformed_key"


def test_it_says_that_an_encrypted_private_key_must_be_decrypted_first() -> None:
    locked = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    with pytest.raises(InvalidInput, match="decrypt it first"):
        PrivateKey.from_pem(locked.decode())


@given(st.binary(max_size=100))
def test_it_writes_base58_as_bitcoin_does(data: bytes) -> None:
    assert base58btc.encode(data) == base58.b58encode(data).decode()
    assert base58btc.decode(base58btc.encode(data)) == data


@given(st.text(max_size=60))
def test_it_never_takes_two_texts_for_one_key(text: str) -> None:
    try:
        key = PublicKey.from_multikey(text)
    except InvalidInput:
        return
    assert key.multikey == text
