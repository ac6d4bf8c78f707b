"""Opening a presentation: who holds it, whether his signature is for this verifier and this question, what is inside.

No database and no network here: keys are looked up by whatever the caller hands in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from identity.credentials.checks import Check, CheckName, CredentialFormat, passed
from identity.credentials.data_model import check_presentation, credentials_in, holder_of
from identity.credentials.didkit_door import OpenedV1, verify_presentation_2020, verify_vp_claim_jwt
from identity.credentials.jose import verify_vp_jwt
from identity.credentials.jwt_checks import Refused
from identity.credentials.keys import KeyFor
from identity.credentials.opening import proof_check
from identity.credentials.proofs.data_integrity import verify_proofs
from identity.credentials.received import Received
from identity.primitives.did import known_spelling


@dataclass(frozen=True, slots=True)
class Asked:
    """What the verifier asked the holder with, and where he finds keys."""

    challenge: str | None
    domain: str | None
    key_for: KeyFor
    at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A presentation that could be read: who holds it, the verdict on his signature, what is inside."""

    document: dict[str, Any]
    holder: str | None
    proof: Check
    credentials: tuple[Any, ...]


def open_presentation(received: Received, asked: Asked) -> Shown | Refused:
    """Read and verify the holder's part of a presentation. InvalidInput for what is no presentation; what is inside
    is not looked at."""
    return _OPENERS[received.format](received, asked)


def _data_integrity(received: Received, asked: Asked) -> Shown | Refused:
    document = received.document or {}
    check_presentation(document)
    results = verify_proofs(
        document,
        key_for=asked.key_for,
        issuer=holder_of(document),
        purpose="authentication",
        challenge=asked.challenge,
        domain=asked.domain,
        at=asked.at,
    )
    signers = [result.controller for result in results if result.is_verified and result.controller]
    named = holder_of(document) or (signers[0] if signers else None)
    holder = None if named is None else known_spelling(named)
    return Shown(document, holder, proof_check(results), tuple(credentials_in(document)))


def _vp_jwt(received: Received, asked: Asked) -> Shown | Refused:
    token = verify_vp_jwt(
        received.token,
        key_for=asked.key_for,
        at=asked.at,
        challenge=asked.challenge,
        domain=asked.domain,
    )
    if isinstance(token, Refused):
        return token
    check_presentation(token.document)
    signed = passed(CheckName.PROOF, f"The token is signed by {token.verification_method}.")
    return Shown(token.document, token.key.controller, signed, tuple(credentials_in(token.document)))


def _ed25519_2020(received: Received, asked: Asked) -> Shown | Refused:
    document = received.document or {}
    check_presentation(document)
    return _v1(
        verify_presentation_2020(
            document,
            at=asked.at,
            challenge=asked.challenge,
            domain=asked.domain,
            check_inner=_verified_below,
        )
    )


def _vp_claim_jwt(received: Received, asked: Asked) -> Shown | Refused:
    return _v1(
        verify_vp_claim_jwt(
            received.token,
            at=asked.at,
            challenge=asked.challenge,
            domain=asked.domain,
            check_inner=_verified_below,
        )
    )


def _v1(opened: OpenedV1 | Refused) -> Shown | Refused:
    if isinstance(opened, Refused):
        return opened
    signed = passed(CheckName.PROOF, f"It is signed by {opened.verification_method}.")
    return Shown(opened.document, opened.signed_by, signed, opened.credentials)


def _verified_below(_: Any) -> Refused | None:
    """Nothing yet: each credential inside is verified as one of its own, with its status and issuer."""
    return None


_OPENERS: dict[CredentialFormat, Callable[[Received, Asked], Shown | Refused]] = {
    CredentialFormat.DATA_INTEGRITY: _data_integrity,
    CredentialFormat.DATA_INTEGRITY_V1: _data_integrity,
    CredentialFormat.VC_JWT: _vp_jwt,
    CredentialFormat.ED25519_SIGNATURE_2020: _ed25519_2020,
    CredentialFormat.VC_CLAIM_JWT: _vp_claim_jwt,
}
