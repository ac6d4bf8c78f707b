"""What a verification says: one verdict, and each check it rests on with its reason. Values only, no Django."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class CredentialFormat(StrEnum):
    """How a credential is written and secured. The values are wire text and never change."""

    DATA_INTEGRITY = "data_integrity"  # VCDM 2.0 with a proof or a proof set
    DATA_INTEGRITY_V1 = "data_integrity_v1"  # VCDM 1.1 (``issuanceDate``) with Data Integrity proofs
    VC_JWT = "vc+jwt"  # VCDM 2.0 as a JWT (VC-JOSE-COSE)
    SD_JWT_VC = "dc+sd-jwt"  # IETF SD-JWT VC
    ED25519_SIGNATURE_2020 = "ed25519_signature_2020"  # VCDM 1.1, through didkit
    VC_CLAIM_JWT = "vc_claim_jwt"  # VCDM 1.1 in the ``vc`` claim of a JWT, through didkit


class CheckName(StrEnum):
    """The questions asked of every credential, in the order they are shown."""

    SCHEMA = "schema"
    ISSUER = "issuer"
    PROOF = "proof"
    DATES = "dates"
    STATUS = "status"
    HOLDER_BINDING = "holder_binding"


class Outcome(StrEnum):
    """``unknown``: we could not find out (an unreachable list); it is neither a yes nor a no."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer. ``code`` is snake_case and stable; ``detail`` is a sentence for a person."""

    name: CheckName
    outcome: Outcome
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """How strictly to look.

    ``accept_unknown_status``: whether a status list out of reach still lets the verdict be yes. Where money or
    authority is decided it must stay False (fail closed). ``expected_holder`` is the DID of whoever shows it: an
    identity credential must be about that one, with ``is_holder_required`` any credential must.
    ``check_status`` False leaves the status out, for verifiers that are offline on purpose: the check is then
    *unknown*, never *passed*.
    """

    check_status: bool = True
    accept_unknown_status: bool = False
    expected_holder: str | None = None
    is_holder_required: bool = False


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict on a credential or a presentation; ``credentials`` are those inside a presentation.

    ``document`` is the secured document as it was understood (for JWT forms, their claims), None when it cannot be
    read at all; ``subjects`` are the ids of whom it speaks.
    """

    is_verified: bool
    format: CredentialFormat | None
    checks: tuple[Check, ...]
    document: dict[str, Any] | None = None
    issuer: str | None = None
    subjects: tuple[str, ...] = ()
    credentials: tuple[Verification, ...] = field(default=())

    @property
    def failures(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.outcome is Outcome.FAILED)

    def check(self, name: CheckName) -> Check | None:
        return next((check for check in self.checks if check.name is name), None)


def passed(name: CheckName, detail: str) -> Check:
    return Check(name, Outcome.PASSED, "ok", detail)


def failed(name: CheckName, code: str, detail: str) -> Check:
    return Check(name, Outcome.FAILED, code, detail)


def unknown(name: CheckName, code: str, detail: str) -> Check:
    return Check(name, Outcome.UNKNOWN, code, detail)


def not_applicable(name: CheckName, detail: str) -> Check:
    return Check(name, Outcome.NOT_APPLICABLE, "not_applicable", detail)


def is_acceptable(checks: tuple[Check, ...], options: VerifyOptions) -> bool:
    """Whether nothing failed, and nothing that matters stayed unknown. A schema out of reach does not matter: it is
    about form, and what it would say cannot make a proof true."""
    is_status_free = options.accept_unknown_status or not options.check_status
    allowed = {CheckName.SCHEMA, *([CheckName.STATUS] if is_status_free else [])}
    return not any(
        check.outcome is Outcome.FAILED or (check.outcome is Outcome.UNKNOWN and check.name not in allowed)
        for check in checks
    )
