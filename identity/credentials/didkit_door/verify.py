"""Verifying through didkit: the guards first, didkit's verdict on the signature, then what is inside."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from identity.credentials.didkit_door import guards
from identity.credentials.didkit_door.call import DidkitSaidNo, ask
from identity.credentials.jwt_checks import Refused
from identity.primitives.errors import AttornError, Unavailable

INNER_MAX = 32

Document = dict[str, Any]
CheckInner = Callable[[Any], Refused | None]


@dataclass(frozen=True, slots=True)
class OpenedV1:
    """A VCDM 1.1 credential or presentation whose proof holds and whose dates fit. Status is for the caller."""

    document: Document
    signed_by: str
    verification_method: str
    credentials: tuple[Any, ...] = ()


def verify_ed25519_2020(document: Document, *, at: datetime) -> OpenedV1 | Refused:
    """Open a VCDM 1.1 credential with an Ed25519Signature2020 proof."""
    return _refusing(lambda: _verify_json(document, call="verify_credential", actor="issuer", at=at))


def verify_vc_claim_jwt(token: str, *, at: datetime) -> OpenedV1 | Refused:
    """Open a VCDM 1.1 credential that is a JWT with a ``vc`` claim."""
    return _refusing(lambda: _verify_jwt(token, call="verify_credential", actor="issuer", at=at))


def verify_presentation_2020(
    document: Document,
    *,
    at: datetime,
    challenge: str | None = None,
    domain: str | None = None,
    check_inner: CheckInner | None = None,
) -> OpenedV1 | Refused:
    """Open a VCDM 1.1 presentation. Every credential inside is checked too, because didkit believes them unseen:
    by ``check_inner``, or here when they are of the two forms of this door."""

    def verify() -> OpenedV1 | Refused:
        proof = document.get("proof")
        asked = _asked_differently(proof if isinstance(proof, dict) else {}, challenge=challenge, domain=domain)
        if asked is not None:
            return asked
        options = guards.asked(challenge, domain)
        opened = _verify_json(document, call="verify_presentation", actor="holder", at=at, **options)
        return opened if isinstance(opened, Refused) else _with_inner(opened, check_inner, at)

    return _refusing(verify)


def verify_vp_claim_jwt(
    token: str,
    *,
    at: datetime,
    challenge: str | None = None,
    domain: str | None = None,
    check_inner: CheckInner | None = None,
) -> OpenedV1 | Refused:
    """Open a VCDM 1.1 presentation that is a JWT with a ``vp`` claim; as ``verify_presentation_2020``."""

    def verify() -> OpenedV1 | Refused:
        opened = _verify_jwt(
            token, call="verify_presentation", actor="holder", at=at, challenge=challenge, domain=domain
        )
        return opened if isinstance(opened, Refused) else _with_inner(opened, check_inner, at)

    return _refusing(verify)


def _verify_json(document: Document, *, call: str, actor: str, at: datetime, **asked: str) -> OpenedV1 | Refused:
    purpose = guards.purpose_of(actor)
    signed_by = guards.checked_proof(document, actor=actor, purpose=purpose, at=at)
    if isinstance(signed_by, Refused):
        return signed_by
    refusal = guards.checked_document({name: value for name, value in document.items() if name != "proof"})
    refusal = refusal or (guards.validity_refusal(document, at=at) if actor == "issuer" else None)
    if refusal is not None:
        return refusal
    options = {"proofPurpose": purpose, "verificationMethod": signed_by.verification_method, "checks": ["proof"]}
    refusal = _judged(call, json.dumps(guards.with_written_out_contexts(document)), options | asked, expected="proof")
    return refusal or OpenedV1(document, signed_by.did, signed_by.verification_method)


def _verify_jwt(
    token: str, *, call: str, actor: str, at: datetime, challenge: str | None = None, domain: str | None = None
) -> OpenedV1 | Refused:
    claim = "vc" if actor == "issuer" else "vp"
    checked = guards.checked_token(token, claim=claim, actor=actor, at=at)
    if isinstance(checked, Refused):
        return checked
    signed_by, document, jws = checked
    refusal = guards.validity_refusal(document, at=at) if actor == "issuer" else None
    refusal = refusal or _asked_differently(
        {"challenge": jws.payload.get("nonce"), "domain": jws.payload.get("aud")}, challenge=challenge, domain=domain
    )
    if refusal is not None:
        return refusal
    options = {
        "proofFormat": "jwt",
        "proofPurpose": guards.purpose_of(actor),
        "verificationMethod": signed_by.verification_method,
        "checks": ["proof"],
        **guards.asked(challenge, domain),
    }
    return _judged(call, token, options, expected="JWS") or OpenedV1(
        document, signed_by.did, signed_by.verification_method
    )


def _asked_differently(stated: Document, *, challenge: str | None, domain: str | None) -> Refused | None:
    """Stops a presentation made for another verifier, or shown before, from being shown here."""
    if challenge is not None and stated.get("challenge") != challenge:
        return Refused("challenge_mismatch", "The presentation does not answer the challenge that was asked.")
    if domain is not None and stated.get("domain") != domain:
        return Refused("domain_mismatch", "The presentation is meant for another verifier.")
    return None


def _with_inner(opened: OpenedV1, check_inner: CheckInner | None, at: datetime) -> OpenedV1 | Refused:
    inner = opened.document.get("verifiableCredential", [])
    credentials = inner if isinstance(inner, list) else [inner]
    if len(credentials) > INNER_MAX:
        return Refused("too_many_credentials", f"A presentation holds at most {INNER_MAX} credentials.")
    for credential in credentials:
        refusal = check_inner(credential) if check_inner is not None else _inner_refusal(credential, at)
        if refusal is not None:
            return refusal
    return OpenedV1(opened.document, opened.signed_by, opened.verification_method, tuple(credentials))


def _inner_refusal(credential: object, at: datetime) -> Refused | None:
    if isinstance(credential, dict):
        found = verify_ed25519_2020(credential, at=at)
    elif isinstance(credential, str):
        found = verify_vc_claim_jwt(credential, at=at)
    else:
        return Refused("malformed_credential", "What is presented is no credential.")
    return found if isinstance(found, Refused) else None


def _judged(call: str, text: str, options: dict[str, Any], *, expected: str) -> Refused | None:
    """didkit's own verdict. Anything but one check done and no error is a no."""
    try:
        verdict = json.loads(ask(call, text, options))
    except DidkitSaidNo as error:
        return Refused("invalid_signature", f"didkit cannot verify it: {error}")
    if verdict.get("errors") or verdict.get("checks") != [expected]:
        return Refused("invalid_signature", f"didkit: {'; '.join(map(str, verdict.get('errors', [])))[:300]}")
    return None


def _refusing(verify: Callable[[], OpenedV1 | Refused]) -> OpenedV1 | Refused:
    """A document that makes no sense is a "no"; didkit out of order (Unavailable) is not."""
    try:
        return verify()
    except Unavailable:
        raise
    except AttornError as error:
        return Refused(error.code, error.detail)
