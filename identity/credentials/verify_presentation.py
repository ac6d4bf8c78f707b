"""Verifying a presentation: the holder's own signature for this verifier and this question, and everything inside."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from identity.credentials.asking import Asking, asking
from identity.credentials.checks import (
    Check,
    CheckName,
    Outcome,
    Verification,
    VerifyOptions,
    failed,
    is_acceptable,
    passed,
)
from identity.credentials.jwt_checks import Refused
from identity.credentials.opening import Binding, refused_check
from identity.credentials.received import read_presentation
from identity.credentials.shown import Asked, open_presentation
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
        shown = open_presentation(received, Asked(challenge, domain, questions.key_for, at))
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
