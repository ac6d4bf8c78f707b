"""Verifying: one verdict on a credential, a presentation or a batch, with every check it rests on.

Expected failures are values. Nothing here raises for what somebody sent, and nothing is remembered between calls but
verdicts on signatures (spec guard 5): dates, status and standing are asked each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from identity.credentials.asking import Asking, asking
from identity.credentials.checks import (
    Check,
    CheckName,
    Verification,
    VerifyOptions,
    failed,
    is_acceptable,
    not_applicable,
    passed,
    unknown,
)
from identity.credentials.documents import IDENTITY_TYPE
from identity.credentials.issuer_check import check_issuer
from identity.credentials.limits import BATCH_MAX
from identity.credentials.opening import Binding, Opened, Unopened, open_credential
from identity.credentials.received import read_credential
from identity.credentials.status_check import check_credential_status, check_token_status
from identity.primitives.errors import AttornError, TooLarge

_DEFAULT = VerifyOptions()


def verify_credential(
    data: dict[str, Any] | str | bytes,
    *,
    at: datetime,
    options: VerifyOptions = _DEFAULT,
    binding: Binding | None = None,
    questions: Asking | None = None,
) -> Verification:
    """The verdict on one credential in any format we know, as it came: an object, JSON text, or a token.

    ``binding`` is what an SD-JWT VC must be bound to; ``questions`` are shared by the credentials of one request.
    """
    questions = questions or asking(at)
    try:
        received = read_credential(data)
    except AttornError as error:
        return unreadable(error)
    opened = open_credential(received, asking=questions, binding=binding)
    if isinstance(opened, Unopened):
        return Verification(False, opened.format, opened.checks, document=opened.document)
    checks = (*opened.checks, *_further_checks(opened, options, questions))
    return Verification(
        is_verified=is_acceptable(checks, options),
        format=opened.format,
        checks=checks,
        document=opened.document,
        issuer=opened.issuer,
        subjects=opened.subjects,
    )


def verify_batch(
    items: Sequence[dict[str, Any] | str | bytes], *, at: datetime, options: VerifyOptions = _DEFAULT
) -> list[Verification]:
    """A verdict an item, in their order. Lists and keys that several share are asked once. TooLarge
    ``batch_too_large`` beyond 100."""
    if len(items) > BATCH_MAX:
        raise TooLarge("batch_too_large", f"At most {BATCH_MAX} credentials are verified at once.")
    questions = asking(at)
    return [verify_credential(item, at=at, options=options, questions=questions) for item in items]


def unreadable(error: AttornError) -> Verification:
    """The verdict on what could not be read at all."""
    return Verification(False, None, (failed(CheckName.SCHEMA, error.code, error.detail),))


def _further_checks(opened: Opened, options: VerifyOptions, questions: Asking) -> tuple[Check, ...]:
    proof = next((check for check in opened.checks if check.name is CheckName.PROOF), None)
    return (
        check_issuer(opened.issuer, proof=proof),
        _status(opened, options, questions),
        _holder_binding(opened, options),
    )


def _status(opened: Opened, options: VerifyOptions, questions: Asking) -> Check:
    if not options.check_status:
        return unknown(CheckName.STATUS, "status_not_asked", "Whether it was revoked was not asked.")
    ask = check_token_status if opened.is_token_status else check_credential_status
    return ask(opened.document, issuer=opened.issuer, asking=questions)


def _holder_binding(opened: Opened, options: VerifyOptions) -> Check:
    """Whether it is shown by whom it is about. An identity credential shown by another is what a thief would show."""
    holder = options.expected_holder
    if holder is not None and holder in opened.subjects:
        return passed(CheckName.HOLDER_BINDING, "It is about the one who shows it.")
    if holder is not None and (_is_identity(opened.document) or options.is_holder_required):
        return failed(CheckName.HOLDER_BINDING, "holder_mismatch", "It is about somebody else than who shows it.")
    if opened.holder_bound:
        return passed(CheckName.HOLDER_BINDING, "It is shown by the key it was issued to.")
    if holder is not None:
        return not_applicable(CheckName.HOLDER_BINDING, "It is about another party than the one who shows it.")
    return not_applicable(CheckName.HOLDER_BINDING, "It came by itself: nobody proved to be the one it is about.")


def _is_identity(document: dict[str, Any]) -> bool:
    types = document.get("type", ())
    return IDENTITY_TYPE in types if isinstance(types, list) else types == IDENTITY_TYPE
