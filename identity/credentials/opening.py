"""Opening what was received: its form checked, its signatures verified, its dates read. One function a format.

Each gives an ``Opened`` with the checks it could make; status, issuer and holder are asked by ``verify``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from identity.credentials.checks import Check, CheckName, CredentialFormat, failed, passed, unknown
from identity.credentials.data_model import check_credential, issuer_of, subjects_of, validity_of
from identity.credentials.date_check import check_dates
from identity.credentials.didkit_door import OpenedV1, verify_ed25519_2020, verify_vc_claim_jwt
from identity.credentials.jose import verify_vc_jwt
from identity.credentials.jwt_checks import Refused
from identity.credentials.keys import KeyFor
from identity.credentials.proofs.data_integrity import ProofResult, are_verified, verify_proofs
from identity.credentials.received import Received
from identity.credentials.sd_jwt_vc import OpenedSdJwt, verify_sd_jwt_vc
from identity.primitives.did import known_spelling
from identity.primitives.errors import AttornError

_DATE_CODES = {"expired", "not_yet_valid"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A credential that could be read. ``issuer`` is spelled as the register spells it; ``holder_bound`` is None where
    the format binds no key."""

    format: CredentialFormat
    document: dict[str, Any]
    issuer: str
    subjects: tuple[str, ...]
    checks: tuple[Check, ...]
    holder_bound: bool | None = None

    @property
    def is_token_status(self) -> bool:
        return self.format is CredentialFormat.SD_JWT_VC


@dataclass(frozen=True, slots=True)
class Unopened:
    """A credential that says nothing we could believe; why, as checks."""

    format: CredentialFormat
    checks: tuple[Check, ...]
    document: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """What a verifier demands of whoever shows a credential with key binding."""

    audience: str | None = None
    nonce: str | None = None


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where keys come from, and the instant that counts."""

    at: datetime
    key_for: KeyFor


def open_credential(
    received: Received, *, at: datetime, key_for: KeyFor, binding: Binding | None = None
) -> Opened | Unopened:
    """Read and verify one credential in whichever form it came."""
    return _OPENERS[received.format](received, _Sources(at, key_for), binding or Binding())


def proof_check(results: tuple[ProofResult, ...]) -> Check:
    """The verdicts on a set of proofs as one check: the first that fails says why."""
    if are_verified(results):
        suites = ", ".join(dict.fromkeys(str(result.cryptosuite) for result in results))
        return passed(CheckName.PROOF, f"Every signature holds ({suites}).")
    refused = [result for result in results if not result.is_verified]
    certain = next((result for result in refused if not result.is_unknown), None)
    if certain is not None:
        return failed(CheckName.PROOF, certain.code, certain.detail)
    if refused:
        return unknown(CheckName.PROOF, refused[0].code, refused[0].detail)
    return failed(CheckName.PROOF, "proof_missing", "It carries no proof.")


def _data_integrity(received: Received, sources: _Sources, _: Binding) -> Opened | Unopened:
    document = received.document or {}
    if (malformed := _schema_refusal(document)) is not None:
        return Unopened(received.format, (malformed,), document)
    results = verify_proofs(document, key_for=sources.key_for, issuer=issuer_of(document), at=sources.at)
    return _opened(received.format, document, proof_check(results), at=sources.at)


def _vc_jwt(received: Received, sources: _Sources, _: Binding) -> Opened | Unopened:
    token = verify_vc_jwt(received.token, key_for=sources.key_for, at=sources.at)
    if isinstance(token, Refused):
        return Unopened(received.format, (refused_check(token),))
    if (malformed := _schema_refusal(token.document)) is not None:
        return Unopened(received.format, (malformed,), token.document)
    signed = passed(CheckName.PROOF, f"The token is signed by {token.verification_method}.")
    return _opened(received.format, token.document, signed, at=sources.at)


def _sd_jwt(received: Received, sources: _Sources, binding: Binding) -> Opened | Unopened:
    token = verify_sd_jwt_vc(
        received.token, key_for=sources.key_for, at=sources.at, audience=binding.audience, nonce=binding.nonce
    )
    if isinstance(token, Refused):
        return Unopened(received.format, (refused_check(token),))
    return Opened(
        format=received.format,
        document=token.claims,
        issuer=token.issuer,
        subjects=tuple(value for value in (token.claims.get("sub"),) if isinstance(value, str)),
        checks=(
            passed(CheckName.SCHEMA, f"It is an SD-JWT VC of the type {token.vct[:200]}."),
            passed(CheckName.PROOF, f"The token is signed by {token.verification_method}."),
            check_dates(_moment(token, "nbf") or _moment(token, "iat"), _moment(token, "exp"), at=sources.at),
        ),
        holder_bound=token.is_bound,
    )


def _ed25519_2020(received: Received, sources: _Sources, _: Binding) -> Opened | Unopened:
    document = received.document or {}
    if (malformed := _schema_refusal(document)) is not None:
        return Unopened(received.format, (malformed,), document)
    return _opened_v1(received.format, verify_ed25519_2020(document, at=sources.at), at=sources.at)


def _vc_claim_jwt(received: Received, sources: _Sources, _: Binding) -> Opened | Unopened:
    return _opened_v1(received.format, verify_vc_claim_jwt(received.token, at=sources.at), at=sources.at)


def _opened_v1(format: CredentialFormat, token: OpenedV1 | Refused, *, at: datetime) -> Opened | Unopened:
    if isinstance(token, Refused):
        return Unopened(format, (refused_check(token),))
    if (malformed := _schema_refusal(token.document)) is not None:
        return Unopened(format, (malformed,), token.document)
    signed = passed(CheckName.PROOF, f"It is signed by {token.verification_method}.")
    return _opened(format, token.document, signed, at=at)


def refused_check(refused: Refused) -> Check:
    """Why a token is not believed, as the check it belongs to. The signature is verified before the dates are read."""
    name = CheckName.DATES if refused.code in _DATE_CODES else CheckName.PROOF
    if refused.is_unknown:
        return unknown(name, refused.code, refused.detail)
    return failed(name, refused.code, refused.detail)


def _opened(format: CredentialFormat, document: dict[str, Any], proof: Check, *, at: datetime) -> Opened:
    validity = validity_of(document)
    checks = (
        passed(CheckName.SCHEMA, "It follows the W3C data model, and every word in it has a meaning."),
        proof,
        check_dates(validity.valid_from, validity.valid_until, at=at),
    )
    return Opened(format, document, known_spelling(issuer_of(document)), subjects_of(document), checks)


def _schema_refusal(document: dict[str, Any]) -> Check | None:
    try:
        check_credential(document)
    except AttornError as error:
        return failed(CheckName.SCHEMA, error.code, error.detail)
    return None


def _moment(token: OpenedSdJwt, name: str) -> datetime | None:
    value = token.claims.get(name)
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else None


_OPENERS: dict[CredentialFormat, Callable[[Received, _Sources, Binding], Opened | Unopened]] = {
    CredentialFormat.DATA_INTEGRITY: _data_integrity,
    CredentialFormat.DATA_INTEGRITY_V1: _data_integrity,
    CredentialFormat.VC_JWT: _vc_jwt,
    CredentialFormat.SD_JWT_VC: _sd_jwt,
    CredentialFormat.ED25519_SIGNATURE_2020: _ed25519_2020,
    CredentialFormat.VC_CLAIM_JWT: _vc_claim_jwt,
}
