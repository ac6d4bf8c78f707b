"""The eddsa-jcs-2022 cryptosuite: W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.3. No Django here.

What is signed is SHA-256 of the canonical proof configuration followed by SHA-256 of the canonical document
(section 3.3.4); the signature stands in ``proof.proofValue`` as multibase base58btc.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any

from identity.credentials.proofs.cryptosuite import (
    PROOF_TYPE,
    Canonicalization,
    Cryptosuite,
    contexts_agree,
    multibase,
    read_multibase,
)
from identity.primitives.canonical import canonicalize
from identity.primitives.clock import rfc3339
from identity.primitives.errors import InvalidInput
from identity.primitives.multikey import SIGNATURE_BYTES, KeyAlgorithm, PublicKey
from identity.primitives.signing import Signer

CRYPTOSUITE = "eddsa-jcs-2022"
SUITE = Cryptosuite(CRYPTOSUITE, Canonicalization.JCS, frozenset({KeyAlgorithm.ED25519}))

Document = dict[str, Any]


def secure(document: Document, *, signer: Signer, created: datetime, purpose: str = "assertionMethod") -> Document:
    """A copy of ``document`` with its proof (section 3.3.1). InvalidInput ``malformed_json`` if it has no JCS form."""
    config = _proof_config(document, signer=signer, created=created, purpose=purpose)
    signature = signer.sign(_hash_data(canonicalize(config), canonicalize(document)))
    return {**document, "proof": {**config, "proofValue": multibase(signature)}}


def secure_bytes(document: Document, *, signer: Signer, created: datetime, purpose: str = "assertionMethod") -> bytes:
    """The secured document as the bytes to serve: canonical, with ``proof`` as its last member.

    One canonicalization serves signature and wire, so publishing an answer costs little more than its signature.
    """
    config = canonicalize(_proof_config(document, signer=signer, created=created, purpose=purpose))
    body = canonicalize(document)
    value = multibase(signer.sign(_hash_data(config, body))).encode()
    comma = b"," if document else b""
    return b'%b%b"proof":%b,"proofValue":"%b"}}' % (body[:-1], comma, config[:-1], value)


def verify(document: Document, *, public_key: PublicKey, purpose: str = "assertionMethod") -> bool:
    """Whether the one proof of ``document`` is this key's, for this purpose (section 3.3.2).

    False for anything malformed. Which key to ask for is the caller's to know: looking it up under the
    ``verificationMethod`` that the document itself names would let a forger bring a key of his own. The purpose is
    compared so that a signature made to authenticate is not taken for an assertion.
    """
    proof = document.get("proof") if isinstance(document, dict) else None
    if not isinstance(proof, dict) or proof.get("type") != PROOF_TYPE or proof.get("cryptosuite") != CRYPTOSUITE:
        return False
    if proof.get("proofPurpose") != purpose or public_key.algorithm is not KeyAlgorithm.ED25519:
        return False
    signature = read_multibase(proof.get("proofValue"), SIGNATURE_BYTES)
    if signature is None or not contexts_agree(document, proof):
        return False
    unsecured, config = dict(document), dict(proof)
    del unsecured["proof"], config["proofValue"]
    if "@context" in proof:
        unsecured["@context"] = proof["@context"]
    try:
        return public_key.verify(signature, _hash_data(canonicalize(config), canonicalize(unsecured)))
    except InvalidInput:
        return False


def _proof_config(document: Document, *, signer: Signer, created: datetime, purpose: str) -> Document:
    if "proof" in document:
        raise ValueError("this document carries a proof already; sign it without one")
    if signer.public_key.algorithm is not KeyAlgorithm.ED25519:
        raise InvalidInput("unsupported_key", "eddsa-jcs-2022 signs with an Ed25519 key.", field="public_key")
    config: Document = {
        "type": PROOF_TYPE,
        "cryptosuite": CRYPTOSUITE,
        "created": rfc3339(created),
        "verificationMethod": signer.verification_method,
        "proofPurpose": purpose,
    }
    if "@context" in document:
        config["@context"] = document["@context"]
    return config


def _hash_data(config: bytes, body: bytes) -> bytes:
    return sha256(config).digest() + sha256(body).digest()
