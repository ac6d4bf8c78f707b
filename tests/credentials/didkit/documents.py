"""VCDM 1.1 documents of a holder and an issuer with keys of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from identity.primitives.did import did_key
from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from identity.primitives.signing import LocalSigner

AT = datetime.now(UTC).replace(microsecond=0)
V1 = "https://www.w3.org/2018/credentials/v1"
SUITE = "https://w3id.org/security/suites/ed25519-2020/v1"


def signer_of(algorithm: KeyAlgorithm = KeyAlgorithm.ED25519) -> LocalSigner:
    key = PrivateKey.generate(algorithm)
    return LocalSigner(key, f"{did_key(key.public_key)}#{key.public_key.multikey}")


def did_of(signer: LocalSigner) -> str:
    return signer.verification_method.partition("#")[0]


def credential(signer: LocalSigner, **changes: Any) -> dict[str, Any]:
    return {
        "@context": [V1, SUITE],
        "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential"],
        "issuer": did_of(signer),
        "issuanceDate": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:web:agent.example"},
        **changes,
    }


def presentation(signer: LocalSigner, *credentials: Any) -> dict[str, Any]:
    return {
        "@context": [V1, SUITE],
        "type": ["VerifiablePresentation"],
        "holder": did_of(signer),
        "verifiableCredential": list(credentials),
    }
