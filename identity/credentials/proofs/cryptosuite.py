"""What the four Data Integrity cryptosuites share: a canonical form, a hash, a key (Data Integrity 1.0 section 3).

What is signed is the hash of the canonical proof configuration followed by the hash of the canonical document. The
jcs suites canonicalize the JSON, the rdfc suites the RDF dataset that the JSON stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256, sha384
from typing import Any

from identity.primitives import base58btc
from identity.primitives.canonical import canonicalize
from identity.primitives.multikey import KeyAlgorithm

PROOF_TYPE = "DataIntegrityProof"

Document = dict[str, Any]


class Canonicalization(StrEnum):
    """Which form is hashed."""

    JCS = "jcs"  # RFC 8785
    RDFC = "rdfc"  # RDFC-1.0


@dataclass(frozen=True, slots=True)
class Cryptosuite:
    """One suite by its registered name, with the kinds of key it takes."""

    name: str
    canonicalization: Canonicalization
    algorithms: frozenset[KeyAlgorithm]

    def signing_input(self, document: Document, config: Document, algorithm: KeyAlgorithm) -> bytes:
        """What the key signs. ``document`` is without its proof, or with those a chain builds on; ``config`` is the
        proof without its value. InvalidInput for a document that has no canonical form or that a guard refuses."""
        if self.canonicalization is Canonicalization.JCS:
            return hashed(canonicalize(config), canonicalize(document), algorithm)
        # Imported here: the fast resolver signs and checks with a jcs suite only and has no use for an RDF library.
        from identity.credentials.json_ld import canonical_quads, quads_of_canonical
        from identity.credentials.proofs.proof_quads import proof_quads

        name = "sha384" if algorithm is KeyAlgorithm.P384 else "sha256"
        options = {**config, "@context": document.get("@context")}
        body = quads_of_canonical(canonicalize(document), algorithm=name)
        return hashed(proof_quads(options) or canonical_quads(options, algorithm=name), body, algorithm)


def hashed(config: bytes, document: bytes, algorithm: KeyAlgorithm) -> bytes:
    """The two hashes, one after the other: SHA-384 for P-384, SHA-256 for the rest."""
    digest = sha384 if algorithm is KeyAlgorithm.P384 else sha256
    return digest(config).digest() + digest(document).digest()


def multibase(signature: bytes) -> str:
    """A proof value: base58btc with its ``z`` (Controlled Identifiers 1.0 section 2.4)."""
    return "z" + base58btc.encode(signature)


def read_multibase(value: object, length: int) -> bytes | None:
    """The ``length`` bytes of a proof value, None for anything else."""
    if not isinstance(value, str) or not value.startswith("z") or len(value) > base58btc.TEXT_LENGTH_MAX:
        return None
    try:
        data = base58btc.decode(value[1:])
    except ValueError:
        return None
    return data if len(data) == length else None


def contexts_agree(document: Document, proof: Document) -> bool:
    """Whether the document's contexts begin with those the proof names, in order (EdDSA Cryptosuites 1.0, 3.3.2):
    stops a context put in front after signing from giving the signed words another meaning."""
    if "@context" not in proof:
        return True
    signed, present = _as_list(proof["@context"]), _as_list(document.get("@context"))
    return present[: len(signed)] == signed


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
