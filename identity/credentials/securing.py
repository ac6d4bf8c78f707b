"""One document, made verifiable in the form that was asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from identity.credentials.checks import CredentialFormat
from identity.credentials.jose import sign_vc_jwt
from identity.credentials.proofs.data_integrity import add_proofs
from identity.primitives.errors import InvalidInput
from identity.primitives.multikey import KeyAlgorithm
from identity.primitives.signing import Signer

DATA_INTEGRITY_FORMATS = (CredentialFormat.DATA_INTEGRITY, CredentialFormat.DATA_INTEGRITY_V1)
DIDKIT_FORMATS = (CredentialFormat.ED25519_SIGNATURE_2020, CredentialFormat.VC_CLAIM_JWT)
_FAMILIES = {"eddsa": (KeyAlgorithm.ED25519,), "ecdsa": (KeyAlgorithm.P256, KeyAlgorithm.P384)}
CRYPTOSUITES = ("eddsa-jcs-2022", "eddsa-rdfc-2022", "ecdsa-jcs-2019", "ecdsa-rdfc-2019")
MEDIA_TYPES = {
    CredentialFormat.DATA_INTEGRITY: "application/vc",
    CredentialFormat.DATA_INTEGRITY_V1: "application/ld+json",
    CredentialFormat.VC_JWT: "application/vc+jwt",
    CredentialFormat.SD_JWT_VC: "application/dc+sd-jwt",
    CredentialFormat.ED25519_SIGNATURE_2020: "application/ld+json",
    CredentialFormat.VC_CLAIM_JWT: "application/jwt",
}


@dataclass(frozen=True, slots=True)
class Securing:
    """How to secure: the format, for Data Integrity the suites of the proof set, and the kind of key they need."""

    format: CredentialFormat
    cryptosuites: tuple[str, ...]
    algorithm: KeyAlgorithm


def allowed_algorithms(format: CredentialFormat, cryptosuites: Sequence[str] = ()) -> tuple[KeyAlgorithm, ...]:
    """The kinds of key that could sign what is asked for, the usual one first."""
    if format in DIDKIT_FORMATS:
        return (KeyAlgorithm.ED25519,)
    families = {suite.partition("-")[0] for suite in cryptosuites}
    if len(families) == 1:
        return _FAMILIES.get(families.pop(), ())
    return tuple(KeyAlgorithm)


def securing(
    format: CredentialFormat, *, cryptosuites: Sequence[str] = (), algorithm: KeyAlgorithm | None = None
) -> Securing:
    """The whole choice from what was asked for. InvalidInput ``cryptosuite_unknown``, ``cryptosuite_mixed`` (one key
    signs a set), ``cryptosuite_not_applicable``."""
    if format not in DATA_INTEGRITY_FORMATS:
        if cryptosuites:
            raise InvalidInput("cryptosuite_not_applicable", f"{format} has no cryptosuites.", field="cryptosuite")
        if format in DIDKIT_FORMATS and algorithm not in (None, KeyAlgorithm.ED25519):
            raise InvalidInput("cryptosuite_mixed", f"{format} signs with Ed25519 only.", field="algorithm")
        return Securing(format, (), algorithm or KeyAlgorithm.ED25519)
    suites = tuple(dict.fromkeys(cryptosuites)) or _default_suites(algorithm)
    unknown = [suite for suite in suites if suite not in CRYPTOSUITES]
    if unknown:
        raise InvalidInput(
            "cryptosuite_unknown",
            f"Suites are {', '.join(CRYPTOSUITES)}; {unknown[0][:60]!r} is none.",
            field="cryptosuite",
        )
    families = {suite.partition("-")[0] for suite in suites}
    if len(families) > 1:
        raise InvalidInput("cryptosuite_mixed", "One key signs a set: eddsa or ecdsa, not both.", field="cryptosuite")
    algorithms = _FAMILIES[families.pop()]
    if algorithm is not None and algorithm not in algorithms:
        raise InvalidInput("cryptosuite_mixed", f"{suites[0]} does not sign with {algorithm}.", field="cryptosuite")
    return Securing(format, suites, algorithm or algorithms[0])


def secure(document: dict[str, Any], *, how: Securing, signer: Signer, created: datetime) -> bytes:
    """``document`` secured. ``created`` is when it is said to be signed, in whole seconds on the wire."""
    if how.format is CredentialFormat.VC_JWT:
        return sign_vc_jwt(document, signer=signer).encode()
    secured = add_proofs(document, signer=signer, created=created, cryptosuites=how.cryptosuites)
    return json.dumps(secured, ensure_ascii=False, separators=(",", ":")).encode()


def _default_suites(algorithm: KeyAlgorithm | None) -> tuple[str, ...]:
    """The proof set for a kind of key: the readable suite and the one most verifiers know."""
    family = "eddsa" if algorithm in (None, KeyAlgorithm.ED25519) else "ecdsa"
    return tuple(suite for suite in CRYPTOSUITES if suite.startswith(family))
