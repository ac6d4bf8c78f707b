"""Ed25519 by libsodium: it makes and takes what OpenSSL makes and takes, but for points of small order."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from identity.primitives import base58btc, sodium
from identity.primitives.multikey import KeyAlgorithm, PrivateKey, PublicKey
from tests.primitives.test_keys import NOT_CANONICAL, SMALL_ORDER

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent.parent / "vectors" / "keys.json").read_text())
MESSAGE = b"two coffees, please"
ORDER = 2**252 + 27742317777372353535851937790883648493  # of the group, L in RFC 8032 section 5.1
PRIME = 2**255 - 19
D = -121665 * pow(121666, -1, PRIME) % PRIME
ORDER_EIGHT = bytes.fromhex(SMALL_ORDER[-2])

Point = tuple[int, int]


class Ed25519:
    """A key of which the tests know the number, so that they can make signatures that no honest signer makes."""

    def __init__(self, seed: bytes) -> None:
        self.openssl = Ed25519PrivateKey.from_private_bytes(seed)
        self.private = PrivateKey(self.openssl)
        self.point = self.openssl.public_key().public_bytes_raw()
        digest = hashlib.sha512(seed).digest()
        self.number = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | (1 << 254)

    @property
    def public(self) -> PublicKey:
        return self.private.public_key

    def sign_with(self, r: int, commitment: bytes) -> bytes:
        """The signature with this R, which is r times the base point or something else."""
        challenge = hashlib.sha512(commitment + self.point + MESSAGE).digest()
        s = (r + int.from_bytes(challenge, "little") * self.number) % ORDER
        return commitment + s.to_bytes(32, "little")


def decode(encoded: bytes) -> Point:
    number = int.from_bytes(encoded, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    return (x if x & 1 == sign else PRIME - x), y


def add(one: Point, other: Point) -> bytes:
    (x1, y1), (x2, y2) = one, other
    product = D * x1 * x2 * y1 * y2 % PRIME
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, PRIME) % PRIME
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, PRIME) % PRIME
    return (y | ((x & 1) << 255)).to_bytes(32, "little")


def openssl_takes(signature: bytes, message: bytes, point: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(point).verify(signature, message)
    except InvalidSignature:
        return False
    return True


alice = Ed25519(hashlib.sha256(b"alice").digest())


@pytest.mark.parametrize("vector", VECTORS["ed25519_signatures"], ids=lambda vector: vector["name"])
def test_it_signs_and_judges_as_rfc_8032_does(vector: dict[str, str]) -> None:
    seed, point = bytes.fromhex(vector["seed"]), bytes.fromhex(vector["public"])
    message, signature = bytes.fromhex(vector["message"]), bytes.fromhex(vector["signature"])
    assert sodium.sign(message, seed + point) == signature
    assert sodium.signature_holds(signature, message, point)
    assert not sodium.signature_holds(signature, message + b"\0", point)
    assert PublicKey.from_multikey("z" + base58btc.encode(b"\xed\x01" + point)).verify_fast(signature, message)


@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=300), flipped=st.integers(0, 511))
def test_it_agrees_with_openssl(seed: bytes, message: bytes, flipped: int) -> None:
    key = Ed25519(seed)
    signature = key.private.sign(message)
    assert signature == key.openssl.sign(message)
    assert key.public.verify(signature, message)
    assert key.public.verify_fast(signature, message)
    changed = bytearray(signature)
    changed[flipped // 8] ^= 1 << flipped % 8
    assert not key.public.verify_fast(bytes(changed), message)
    assert not key.public.verify_fast(signature, message + b"\0")
    assert not alice.public.verify_fast(signature, message)


@pytest.mark.parametrize("signature", [b"", b"\0" * 63, b"\0" * 64, b"\xff" * 64, b"\0" * 65, b"\0" * 96])
def test_it_refuses_a_signature_of_no_form(signature: bytes) -> None:
    assert not alice.public.verify_fast(signature, MESSAGE)


def test_it_refuses_a_signature_cut_short_or_with_more_behind() -> None:
    signature = alice.private.sign(MESSAGE)
    assert not alice.public.verify_fast(signature[:-1], signature[-1:] + MESSAGE)
    assert not alice.public.verify_fast(signature + MESSAGE[:1], MESSAGE[1:])


def test_it_refuses_keys_of_the_wrong_length() -> None:
    signature = alice.private.sign(MESSAGE)
    for point in (b"", alice.point[:-1], alice.point + b"\0"):
        assert not sodium.signature_holds(signature, MESSAGE, point)
    for secret in (b"", b"\0" * 32, b"\0" * 65):
        with pytest.raises(ValueError, match="64 bytes"):
            sodium.sign(MESSAGE, secret)


@pytest.mark.parametrize("times", [1, 2, 7])
def test_it_refuses_a_number_beyond_the_order_of_the_group(times: int) -> None:
    """Whoever saw a signature could else make another one for the same message."""
    signature = alice.private.sign(MESSAGE)
    s = int.from_bytes(signature[32:], "little") + times * ORDER
    assert not alice.public.verify_fast(signature[:32] + s.to_bytes(32, "little"), MESSAGE)


@pytest.mark.parametrize("commitment", SMALL_ORDER + NOT_CANONICAL)
def test_it_refuses_an_r_of_small_order_or_with_a_second_spelling(commitment: str) -> None:
    """With S made to fit as well as it can: some of these OpenSSL takes."""
    assert not alice.public.verify_fast(alice.sign_with(0, bytes.fromhex(commitment)), MESSAGE)


def test_it_is_stricter_than_openssl_about_r_alone() -> None:
    neutral = alice.sign_with(0, bytes.fromhex(SMALL_ORDER[0]))
    assert openssl_takes(neutral, MESSAGE, alice.point)
    assert not alice.public.verify_fast(neutral, MESSAGE)


@pytest.mark.parametrize("point", SMALL_ORDER + NOT_CANONICAL)
def test_it_refuses_a_key_of_small_order_or_with_a_second_spelling(point: str) -> None:
    """Under such a key one signature fits nearly every message: R is the neutral point and S is 0."""
    body, neutral = bytes.fromhex(point), bytes.fromhex(SMALL_ORDER[0])
    assert not sodium.signature_holds(neutral + b"\0" * 32, MESSAGE, body)


@pytest.mark.parametrize("r", range(1, 9))
def test_it_takes_nothing_that_fits_only_when_multiplied_by_eight(r: int) -> None:
    """RFC 8032 lets a verifier multiply both sides by eight, and some do. Then a holder could make an intent that the
    registry takes and OpenSSL, in whoever looks at it later, does not."""
    honest = add((0, 1), base(r))
    assert openssl_takes(alice.sign_with(r, honest), MESSAGE, alice.point)
    assert alice.public.verify_fast(alice.sign_with(r, honest), MESSAGE)
    mixed = alice.sign_with(r, add(base(r), decode(ORDER_EIGHT)))
    assert not openssl_takes(mixed, MESSAGE, alice.point)
    assert not alice.public.verify_fast(mixed, MESSAGE)


def test_other_kinds_of_keys_are_judged_as_ever() -> None:
    for algorithm in (KeyAlgorithm.P256, KeyAlgorithm.P384):
        key = PrivateKey.generate(algorithm)
        signature = key.sign(MESSAGE)
        assert key.public_key.verify_fast(signature, MESSAGE)
        assert not key.public_key.verify_fast(signature, MESSAGE + b"\0")


def base(times: int) -> Point:
    point, neutral = decode(bytes.fromhex("58" + "66" * 31)), (0, 1)
    total: Point = neutral
    for _ in range(times):
        total = decode(add(total, point))
    return total
