"""Verifying a presentation: the holder's own signature for this verifier and this question, and everything inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from identity.credentials.asking import Asking, asking
from identity.credentials.checks import (
    Check,
    CheckName,
    CredentialFormat,
    Outcome,
    Verification,
    VerifyOptions,
    failed,
    is_acceptable,
    passed,
)
from identity.credentials.data_model import check_presentation, credentials_in, holder_of
from identity.credentials.didkit_door import OpenedV1, verify_presentation_2020, verify_vp_claim_jwt
from identity.credentials.jose import verify_vp_jwt
from identity.credentials.jwt_checks import Refused
from identity.credentials.opening import Binding, proof_check, refused_check
from identity.credentials.proofs.data_integrity import verify_proofs
from identity.credentials.received import Received, read_presentation
from identity.credentials.verify import unreadable, verify_credential
from identity.primitives.errors import AttornError

_DEFAULT = VerifyOptions()


def verify_presentation(
    data: dict[str, Any] | str | bytes,
    *,
    challenge: str | None,
    domain: str | None,
    at: datetime,
    options: VerifyOptions = _DEFAULT,
) -> Verification:
    """The verdict on a presentation and on each credential in it.

    ``challenge`` and ``domain`` must be exactly those the verifier asked with; that stops a presentation made for
    one verifier, or for an earlier question, from being shown again. Without a challenge only who signed is known.
    """
    questions = asking(at)
    if isinstance(data, str) and "~" in data and not data.lstrip().startswith("{"):
        return _key_binding(data, challenge=challenge, domain=domain, at=at, options=options, questions=questions)
    try:
        received = read_presentation(data)
        shown = _OPENERS[received.format](received, _Asked(challenge, domain, questions))
    except AttornError as error:
        return unreadable(error)
    if isinstance(shown, Refused):
        return Verification(False, received.format, (refused_check(shown),))
    inner_options = options if shown.holder is None else replace(options, expected_holder=shown.holder)
    credentials = tuple(
        verify_credential(each, at=at, options=inner_options, questions=questions) for each in shown.credentials
    )
    checks = (
        passed(CheckName.SCHEMA, "It follows the W3C data model, and every word in it has a meaning."),
        shown.proof,
        _shown_by(shown.holder, options, shown.proof),
    )
    return Verification(
        is_verified=is_acceptable(checks, options) and all(each.is_verified for each in credentials),
        format=received.format,
        checks=checks,
        document=shown.document,
        issuer=shown.holder,
        subjects=() if shown.holder is None else (shown.holder,),
        credentials=credentials,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    challenge: str | None
    domain: str | None
    questions: Asking


@dataclass(frozen=True, slots=True)
class _Shown:
    """A presentation that could be read: who holds it, the verdict on his signature, what is inside."""

    document: dict[str, Any]
    holder: str | None
    proof: Check
    credentials: tuple[Any, ...]


def _data_integrity(received: Received, asked: _Asked) -> _Shown | Refused:
    document = received.document or {}
    check_presentation(document)
    results = verify_proofs(
        document,
        key_for=asked.questions.key_for,
        issuer=holder_of(document),
        purpose="authentication",
        challenge=asked.challenge,
        domain=asked.domain,
        at=asked.questions.at,
    )
    signers = [result.controller for result in results if result.is_verified and result.controller]
    holder = holder_of(document) or (signers[0] if signers else None)
    return _Shown(document, holder, proof_check(results), tuple(credentials_in(document)))


def _vp_jwt(received: Received, asked: _Asked) -> _Shown | Refused:
    token = verify_vp_jwt(
        received.token,
        key_for=asked.questions.key_for,
        at=asked.questions.at,
        challenge=asked.challenge,
        domain=asked.domain,
    )
    if isinstance(token, Refused):
        return token
    check_presentation(token.document)
    signed = passed(CheckName.PROOF, f"The token is signed by {token.verification_method}.")
    return _Shown(token.document, token.key.controller, signed, tuple(credentials_in(token.document)))


def _ed25519_2020(received: Received, asked: _Asked) -> _Shown | Refused:
    document = received.document or {}
    check_presentation(document)
    return _v1(
        verify_presentation_2020(
            document,
            at=asked.questions.at,
            challenge=asked.challenge,
            domain=asked.domain,
            check_inner=_verified_below,
        )
    )


def _vp_claim_jwt(received: Received, asked: _Asked) -> _Shown | Refused:
    return _v1(
        verify_vp_claim_jwt(
            received.token,
            at=asked.questions.at,
            challenge=asked.challenge,
            domain=asked.domain,
            check_inner=_verified_below,
        )
    )


def _v1(opened: OpenedV1 | Refused) -> _Shown | Refused:
    if isinstance(opened, Refused):
        return opened
    signed = passed(CheckName.PROOF, f"It is signed by {opened.verification_method}.")
    return _Shown(opened.document, opened.signed_by, signed, opened.credentials)


def _verified_below(_: Any) -> Refused | None:
    """Nothing yet: each credential inside is verified as one of its own, with its status and issuer."""
    return None


def _key_binding(
    data: str,
    *,
    challenge: str | None,
    domain: str | None,
    at: datetime,
    options: VerifyOptions,
    questions: Asking,
) -> Verification:
    """An SD-JWT VC with its key binding is a presentation of itself."""
    binding = Binding(audience=domain, nonce=challenge)
    verification = verify_credential(data, at=at, options=options, binding=binding, questions=questions)
    bound = verification.check(CheckName.HOLDER_BINDING)
    if not verification.is_verified or (bound is not None and bound.outcome is Outcome.PASSED):
        return verification
    missing = failed(
        CheckName.HOLDER_BINDING, "key_binding_missing", "It comes without proof that its holder shows it."
    )
    others = tuple(check for check in verification.checks if check.name is not CheckName.HOLDER_BINDING)
    return replace(verification, is_verified=False, checks=(*others, missing))


def _shown_by(holder: str | None, options: VerifyOptions, proof: Check) -> Check:
    if proof.outcome is not Outcome.PASSED or holder is None:
        return failed(CheckName.HOLDER_BINDING, "holder_unproven", "Who shows it is not proven.")
    if options.expected_holder is not None and options.expected_holder != holder:
        return failed(CheckName.HOLDER_BINDING, "holder_mismatch", "It is shown by another than was expected.")
    return passed(CheckName.HOLDER_BINDING, f"Shown by {holder}.")


_OPENERS: dict[CredentialFormat, Callable[[Received, _Asked], _Shown | Refused]] = {
    CredentialFormat.DATA_INTEGRITY: _data_integrity,
    CredentialFormat.DATA_INTEGRITY_V1: _data_integrity,
    CredentialFormat.VC_JWT: _vp_jwt,
    CredentialFormat.ED25519_SIGNATURE_2020: _ed25519_2020,
    CredentialFormat.VC_CLAIM_JWT: _vp_claim_jwt,
}
