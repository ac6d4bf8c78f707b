"""Checking a passkey's assertion from what was kept of it, without asking anybody (WebAuthn Level 3, section 7.2).

A human consents by signing a challenge that is made of what she agrees to: so whoever holds the evidence and the text
can check that she, and not only the registry, agreed.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

# Fields of evidence are small; anything longer is not an assertion.
FIELD_LENGTH_MAX = 4_096
RSA_BITS_MIN = 2_048

_PRESENT, _VERIFIED = 0x01, 0x04
_HEADER_BYTES = 37  # SHA-256 of the relying party's id, flags, counter (section 6.1)

EVIDENCE_TYPE = "WebAuthnApproval"
DIGEST_PREFIX = "sha-256:"


def consent_challenge(*, binding_digest: bytes, displayed_text: str) -> bytes:
    """What a passkey signs: SHA-256 over the digest of what is agreed to and the digest of the words on the screen.

    Both are bound, so that neither the transaction nor its description can be exchanged under a signature.
    """
    return sha256(binding_digest + text_digest(displayed_text)).digest()


def text_digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def digest_text(digest: bytes) -> str:
    """The written form of a digest: ``sha-256:<hex>``."""
    return DIGEST_PREFIX + digest.hex()


def verify_assertion(
    evidence: dict[str, Any], *, challenge: bytes, displayed_text: str, rp_id: str, origins: Collection[str]
) -> str | None:
    """Why ``evidence`` does not show that its key agreed to ``challenge``; None when it does.

    Stops: an assertion made for another transaction, text, site or page in a frame; one made without asking for finger,
    face or PIN; a signature by another key than the one named. Whose key it is, is the caller's to know.
    """
    if evidence.get("type") != EVIDENCE_TYPE:
        return "evidence_unknown"
    said = (evidence.get("challengeDigest"), evidence.get("displayedTextDigest"))
    if said != (digest_text(challenge), digest_text(text_digest(displayed_text))):
        return "challenge_mismatch"
    client_data, authenticator_data, signature = (
        _decoded(evidence.get(field)) for field in ("clientDataJSON", "authenticatorData", "signature")
    )
    if client_data is None or authenticator_data is None or signature is None:
        return "evidence_malformed"
    refusal = _client_data_refusal(client_data, challenge=challenge, origins=origins)
    if refusal is not None:
        return refusal
    if len(authenticator_data) < _HEADER_BYTES:
        return "evidence_malformed"
    if not compare_digest(authenticator_data[:32], sha256(rp_id.encode()).digest()):
        return "relying_party_mismatch"
    if authenticator_data[32] & (_PRESENT | _VERIFIED) != _PRESENT | _VERIFIED:
        return "user_not_verified"
    signed = authenticator_data + sha256(client_data).digest()
    if not _is_signed_by(evidence.get("credentialPublicKeyJwk"), signature, signed):
        return "signature_invalid"
    return None


def _client_data_refusal(data: bytes, *, challenge: bytes, origins: Collection[str]) -> str | None:
    try:
        client = json.loads(data)
    except ValueError:
        return "evidence_malformed"
    if not isinstance(client, dict) or client.get("type") != "webauthn.get":
        return "evidence_malformed"
    if not compare_digest(str(client.get("challenge")).encode(), encoded(challenge).encode()):
        return "challenge_mismatch"
    if client.get("origin") not in origins or client.get("crossOrigin", False) is not False:
        return "origin_mismatch"
    return None


def _is_signed_by(jwk: object, signature: bytes, message: bytes) -> bool:
    if not isinstance(jwk, dict):
        return False
    try:
        match jwk.get("kty"), jwk.get("crv"):
            case "EC", "P-256":
                numbers = ec.EllipticCurvePublicNumbers(_number(jwk, "x"), _number(jwk, "y"), ec.SECP256R1())
                numbers.public_key().verify(signature, message, ec.ECDSA(SHA256()))
            case "OKP", "Ed25519":
                key = ed25519.Ed25519PublicKey.from_public_bytes(_decoded(jwk.get("x")) or b"")
                key.verify(signature, message)
            case "RSA", _:
                public = rsa.RSAPublicNumbers(_number(jwk, "e"), _number(jwk, "n")).public_key()
                if public.key_size < RSA_BITS_MIN:
                    return False
                public.verify(signature, message, padding.PKCS1v15(), SHA256())
            case _:
                return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _number(jwk: dict[str, Any], member: str) -> int:
    decoded = _decoded(jwk.get(member))
    if decoded is None:
        raise ValueError(member)
    return int.from_bytes(decoded)


def encoded(data: bytes) -> str:
    """base64url without padding, as WebAuthn and JOSE write bytes."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: object) -> bytes | None:
    if not isinstance(text, str) or not 0 < len(text) <= FIELD_LENGTH_MAX or not text.isascii():
        return None
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return data if encoded(data) == text else None  # one spelling only
