"""Other people's Python: PyLD for RDF, a canonical JSON and a base58 of our tests' own, raw keys of ``cryptography``.

A foreign issuer for tests, and a foreign verifier: neither runs a line of the product, save that the bundled JSON-LD
contexts are read from it (they are published files).
"""

from __future__ import annotations

import hashlib
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pyld import jsonld

from tests.stories.independent_verifier import BASE58, base58_decode, canonical

V2 = "https://www.w3.org/ns/credentials/v2"
V1 = "https://www.w3.org/2018/credentials/v1"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"
_EC_PREFIX = {ec.SECP256R1.name: b"\x80\x24", ec.SECP384R1.name: b"\x81\x24"}
_RELATIVE = "https://relative.invalid/"
CREATED = "2026-01-01T00:00:00Z"

PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


@dataclass(frozen=True)
class Foreigner:
    """Somebody of another country with a did:key: issues, presents, and signs whatever a test wants signed."""

    private: PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def multikey(self) -> str:
        public = self.private.public_key()
        if isinstance(public, Ed25519PublicKey):
            return "z" + base58(b"\xed\x01" + public.public_bytes_raw())
        point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return "z" + base58(_EC_PREFIX[public.curve.name] + point)

    @property
    def did(self) -> str:
        return f"did:key:{self.multikey}"

    @property
    def method(self) -> str:
        return f"{self.did}#{self.multikey}"

    def credential(self, **more: Any) -> dict[str, Any]:
        """A plain VCDM 2.0 credential of theirs, unsigned."""
        return {
            "@context": [V2],
            "id": "urn:uuid:5c6f5a0e-0a51-4a7d-8c9c-6a2f3a1b0c9d",
            "type": ["VerifiableCredential"],
            "issuer": self.did,
            "validFrom": "2026-01-01T00:00:00Z",
            "credentialSubject": {"id": "did:example:subject", "name": "Concierge"},
            **more,
        }

    def proof(self, document: dict[str, Any], cryptosuite: str = "eddsa-jcs-2022", **options: Any) -> dict[str, Any]:
        """A Data Integrity proof over the document as it stands, with any option the test asks for."""
        proof = {
            "type": "DataIntegrityProof",
            "cryptosuite": cryptosuite,
            "created": CREATED,
            "verificationMethod": self.method,
            "proofPurpose": "assertionMethod",
            **options,
        }
        if "-jcs-" in cryptosuite:
            proof = {"@context": document["@context"], **proof}
        return {**proof, "proofValue": "z" + base58(self.sign(signed_bytes(document, proof, self._hash())))}

    def secured(self, document: dict[str, Any], cryptosuite: str = "eddsa-jcs-2022", **options: Any) -> dict[str, Any]:
        return {**document, "proof": self.proof(document, cryptosuite, **options)}

    def sign(self, message: bytes) -> bytes:
        if isinstance(self.private, Ed25519PrivateKey):
            return self.private.sign(message)
        size = (self.private.curve.key_size + 7) // 8
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(self._hash())))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def _hash(self) -> hashes.HashAlgorithm:
        is_p384 = isinstance(self.private, ec.EllipticCurvePrivateKey) and self.private.curve.key_size == 384
        return hashes.SHA384() if is_p384 else hashes.SHA256()


def p256() -> Foreigner:
    return Foreigner(ec.generate_private_key(ec.SECP256R1()))


def p384() -> Foreigner:
    return Foreigner(ec.generate_private_key(ec.SECP384R1()))


def verifies(document: dict[str, Any], proof: dict[str, Any], multikey: str) -> bool:
    """Whether one proof of a document holds under a key, by W3C VC-DI-EdDSA or VC-DI-ECDSA."""
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    key, signature = base58_decode(multikey), base58_decode(proof["proofValue"])
    try:
        if key[:2] == b"\xed\x01":
            signed = signed_bytes(unsecured, options, hashes.SHA256())
            Ed25519PublicKey.from_public_bytes(key[2:]).verify(signature, signed)
        else:
            curve, algorithm = (
                (ec.SECP384R1(), hashes.SHA384()) if key[0] == 0x81 else (ec.SECP256R1(), hashes.SHA256())
            )
            half = len(signature) // 2
            r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
            public = ec.EllipticCurvePublicKey.from_encoded_point(curve, key[2:])
            signed = signed_bytes(unsecured, options, algorithm)
            public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(algorithm))
    except Exception:  # whatever goes wrong in a foreign verifier, it says no
        return False
    return True


def signed_bytes(document: dict[str, Any], options: dict[str, Any], algorithm: hashes.HashAlgorithm) -> bytes:
    """Hash of the canonical proof options, then hash of the canonical document."""
    if "-jcs-" in options["cryptosuite"]:
        parts = [canonical(options), canonical(document)]
    else:
        parts = [quads({"@context": document["@context"], **options}), quads(document)]
    return b"".join(hashlib.new(algorithm.name, part).digest() for part in parts)


def quads(document: dict[str, Any]) -> bytes:
    """RDFC-1.0 by PyLD. Terms that no context maps are dropped, as a naive verifier drops them."""
    options = {
        "algorithm": "URDNA2015",
        "format": "application/n-quads",
        "documentLoader": _load,
        "base": _RELATIVE,
    }
    lines = str(jsonld.normalize(deepcopy(document), options)).splitlines(keepends=True)
    # A type or id that nothing maps is no IRI, and no triple with it is one (JSON-LD 1.1 API, section 8.1.2).
    return "".join(line for line in lines if _RELATIVE not in line).encode()


def _load(url: str, options: dict[str, Any]) -> dict[str, Any]:
    from identity.credentials.contexts import context_document

    return {"contextUrl": None, "documentUrl": url, "document": context_document(url)}
