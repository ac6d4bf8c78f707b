"""One signature of one proof, and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from identity.credentials.proofs import ecdsa_jcs_2019, ecdsa_rdfc_2019, eddsa_jcs_2022, eddsa_rdfc_2022
from identity.credentials.proofs.cryptosuite import (
    Canonicalization,
    Cryptosuite,
    contexts_agree,
    hashed,
    read_multibase,
)
from identity.credentials.proofs.verdicts import GoodSignatures, verdict_key
from identity.primitives.canonical import canonicalize
from identity.primitives.multikey import PublicKey

SUITES: dict[str, Cryptosuite] = {
    module.SUITE.name: module.SUITE for module in (eddsa_jcs_2022, eddsa_rdfc_2022, ecdsa_jcs_2019, ecdsa_rdfc_2019)
}

Document = dict[str, Any]

_good_signatures = GoodSignatures()


def signature_verdict(document: Document, proof: Document, suite: Cryptosuite, key: PublicKey) -> tuple[str, str]:
    """``ok`` or why not, and a sentence. ``document`` is what the proof signs. InvalidInput and TooLarge for what has
    no canonical form or would take too long to bring into it."""
    if key.algorithm not in suite.algorithms:
        return "wrong_key", f"A key of the kind {key.algorithm} does not sign with {suite.name}."
    signature = read_multibase(proof.get("proofValue"), key.algorithm.signature_bytes)
    if signature is None:
        return "malformed_proof", f"proofValue is a signature of {key.algorithm.signature_bytes} bytes in base58."
    if suite.canonicalization is Canonicalization.JCS and not contexts_agree(document, proof):
        return "context_changed", "The contexts of the document are not those that were signed."
    if not _claim(document, proof, suite, key, signature).holds():
        return "signature_wrong", "The signature is not over this document: it was changed, or signed otherwise."
    return "ok", "The signature holds."


@dataclass(frozen=True, slots=True)
class SignatureClaim:
    """That ``key`` made ``signature`` over ``signed``; ``name`` is that of the verdict. Without ``signed`` the verdict
    is known to be good."""

    key: PublicKey
    signature: bytes
    signed: bytes | None
    name: bytes

    def holds(self) -> bool:
        """Whether it does; a good one is remembered."""
        if self.signed is None:
            return True
        if not self.key.verify(self.signature, self.signed):
            return False
        self.remember()
        return True

    def remember(self) -> None:
        """Note that it holds; only for who has checked it."""
        _good_signatures.add(self.name)


def signature_claim(document: Document, proof: Document, suite: Cryptosuite, key: PublicKey) -> SignatureClaim | None:
    """What ``signature_verdict`` would check last; None when it would not come so far. Raises as that does."""
    signature = read_multibase(proof.get("proofValue"), key.algorithm.signature_bytes)
    is_jcs = suite.canonicalization is Canonicalization.JCS
    if key.algorithm not in suite.algorithms or signature is None or (is_jcs and not contexts_agree(document, proof)):
        return None
    return _claim(document, proof, suite, key, signature)


def _claim(document: Document, proof: Document, suite: Cryptosuite, key: PublicKey, signature: bytes) -> SignatureClaim:
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    if suite.canonicalization is Canonicalization.JCS and "@context" in proof:
        document = {**document, "@context": proof["@context"]}
    written = canonicalize(config), canonicalize(document)
    remembered = verdict_key(suite.name.encode(), key.multikey.encode(), signature, *written)
    if remembered in _good_signatures:
        return SignatureClaim(key, signature, None, remembered)
    if suite.canonicalization is Canonicalization.JCS:
        signed = hashed(*written, key.algorithm)
    else:
        signed = suite.signing_input(document, config, key.algorithm)
    return SignatureClaim(key, signature, signed, remembered)
