"""From what somebody shows to one verdict, with every check it rests on. No database and no network here.

Keys, status and the standing of issuers are asked of ``Questions``: the registry answers them from its tables, the
command line from files or the network. The judging is the same.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from identity.credentials.checks import (
    Check,
    CheckName,
    Outcome,
    Verification,
    VerifyOptions,
    failed,
    is_acceptable,
    not_applicable,
    passed,
    unknown,
)
from identity.credentials.documents import IDENTITY_TYPE
from identity.credentials.jwt_checks import Refused
from identity.credentials.keys import KeyFor
from identity.credentials.opening import Binding, Opened, Unopened, open_credential, refused_check
from identity.credentials.proofs.ahead import verify_ahead
from identity.credentials.received import read_credential, read_presentation
from identity.credentials.shown import Asked, open_presentation
from identity.primitives.errors import AttornError

Data = dict[str, Any] | str | bytes


class Questions(Protocol):
    """What the one who judges may ask of the world at one instant."""

    @property
    def at(self) -> datetime: ...

    @property
    def key_for(self) -> KeyFor: ...

    @property
    def holder_key_for(self) -> KeyFor: ...

    def issuer_check(self, opened: Opened) -> Check: ...

    def status_check(self, opened: Opened) -> Check: ...

    def schema_check(self, opened: Opened) -> Check | None:
        """The schemas it names, None when it names none."""


def judge_credential(
    data: Data, *, questions: Questions, options: VerifyOptions, binding: Binding | None = None
) -> Verification:
    """The verdict on one credential as it came: an object, JSON text, or a token."""
    try:
        received = read_credential(data)
    except AttornError as error:
        return _unreadable(error)
    opened = open_credential(received, at=questions.at, key_for=questions.key_for, binding=binding)
    if isinstance(opened, Unopened):
        return Verification(False, opened.format, opened.checks, document=opened.document)
    checks = (
        *_with_schema(opened, questions),
        questions.issuer_check(opened),
        _status(opened, options, questions),
        _holder_binding(opened, options),
    )
    return Verification(
        is_verified=is_acceptable(checks, options),
        format=opened.format,
        checks=checks,
        document=opened.document,
        issuer=opened.issuer,
        subjects=opened.subjects,
    )


def judge_presentation(
    data: Data, *, challenge: str | None, domain: str | None, questions: Questions, options: VerifyOptions
) -> Verification:
    """The verdict on a presentation and on each credential in it.

    ``challenge`` and ``domain`` must be exactly those the verifier asked with; that stops a presentation made for
    one verifier, or for an earlier question, from being shown again. Without a challenge only who signed is known.
    """
    if isinstance(data, str) and "~" in data and not data.lstrip().startswith("{"):
        return _key_binding(data, Binding(audience=domain, nonce=challenge), questions=questions, options=options)
    try:
        received = read_presentation(data)
        shown = open_presentation(received, Asked(challenge, domain, questions.holder_key_for, questions.at))
    except AttornError as error:
        return _unreadable(error)
    if isinstance(shown, Refused):
        return Verification(False, received.format, (refused_check(shown),))
    inner_options = options if shown.holder is None else replace(options, expected_holder=shown.holder)
    verify_ahead(shown.credentials, key_for=questions.key_for)
    credentials = tuple(
        judge_credential(each, questions=questions, options=inner_options) for each in shown.credentials
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


def _with_schema(opened: Opened, questions: Questions) -> tuple[Check, ...]:
    """The checks of opening, where the one on form also speaks for the schemas that it names. A credential that was
    refused already asks nobody: stops a forged one from sending us to addresses of its choice."""
    is_refused = any(one.outcome is Outcome.FAILED for one in opened.checks)
    check = None if is_refused else questions.schema_check(opened)
    if check is None:
        return opened.checks
    return tuple(check if one.name is CheckName.SCHEMA else one for one in opened.checks)


def _unreadable(error: AttornError) -> Verification:
    """The verdict on what could not be read at all."""
    return Verification(False, None, (failed(CheckName.SCHEMA, error.code, error.detail),))


def _status(opened: Opened, options: VerifyOptions, questions: Questions) -> Check:
    if not options.check_status:
        return unknown(CheckName.STATUS, "status_not_asked", "Whether it was revoked was not asked.")
    return questions.status_check(opened)


def _key_binding(data: str, binding: Binding, *, questions: Questions, options: VerifyOptions) -> Verification:
    """An SD-JWT VC with its key binding is a presentation of itself."""
    verification = judge_credential(data, questions=questions, options=options, binding=binding)
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
    """By its type, or in an SD-JWT VC by its ``vct``, which is the address of that type."""
    types = document.get("type", ())
    named = [*(types if isinstance(types, list) else [types]), document.get("vct", "")]
    return any(isinstance(name, str) and name.rpartition("#")[2] == IDENTITY_TYPE for name in named)
