"""Verifying a presentation: the holder's own signature for this verifier and this question, and everything inside."""

from __future__ import annotations

from dataclasses import replace
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
        signed = _opened(received, challenge=challenge, domain=domain, questions=questions)
    except AttornError as error:
        return unreadable(error)
    document, holder, proof = signed
    inner_options = options if holder is None else replace(options, expected_holder=holder)
    credentials = tuple(
        verify_credential(each, at=at, options=inner_options, questions=questions) for each in credentials_in(document)
    )
    checks = (
        passed(CheckName.SCHEMA, "It follows the W3C data model, and every word in it has a meaning."),
        proof,
        _shown_by(holder, options, proof),
    )
    return Verification(
        is_verified=is_acceptable(checks, options) and all(each.is_verified for each in credentials),
        format=received.format,
        checks=checks,
        document=document,
        issuer=holder,
        subjects=() if holder is None else (holder,),
        credentials=credentials,
    )


def _opened(
    received: Received, *, challenge: str | None, domain: str | None, questions: Asking
) -> tuple[dict[str, Any], str | None, Check]:
    """The document, its holder and the verdict on the holder's signature."""
    if received.format is CredentialFormat.VC_JWT:
        token = verify_vp_jwt(
            received.token, key_for=questions.key_for, at=questions.at, challenge=challenge, domain=domain
        )
        if isinstance(token, Refused):
            return {}, None, refused_check(token)
        check_presentation(token.document)
        signed = passed(CheckName.PROOF, f"The token is signed by {token.verification_method}.")
        return token.document, token.key.controller, signed
    document = received.document or {}
    check_presentation(document)
    results = verify_proofs(
        document,
        key_for=questions.key_for,
        issuer=holder_of(document),
        purpose="authentication",
        challenge=challenge,
        domain=domain,
        at=questions.at,
    )
    signers = [result.verification_method for result in results if result.is_verified and result.verification_method]
    signer = signers[0].partition("#")[0] if signers else None
    return document, holder_of(document) or signer, proof_check(results)


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
