"""The vendor's verifier is itself held to RFC 8032 section 7.1, or its yes would mean nothing."""

from __future__ import annotations

from tests.stories.independent_verifier import base58_decode, ed25519_verify

PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def test_it_accepts_the_published_signature() -> None:
    assert ed25519_verify(PUBLIC, SIGNATURE, b"\x72")


def test_it_refuses_another_message() -> None:
    assert not ed25519_verify(PUBLIC, SIGNATURE, b"\x73")


def test_it_refuses_a_changed_signature() -> None:
    assert not ed25519_verify(PUBLIC, SIGNATURE[:-1] + b"\x01", b"\x72")


def test_it_reads_base58() -> None:
    assert base58_decode("zJxF12TrwUP45BMd") == b"Hello World"
