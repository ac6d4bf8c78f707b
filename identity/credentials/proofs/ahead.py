"""The signatures of a batch, checked on every core before the batch is gone through one by one.

The crypto library lets go of Python's lock while it checks a signature, so threads are enough. Only for the jcs suites,
where the signature is most of the work: an RDF canonicalization holds the lock, and a bad one would be paid for twice.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from identity.credentials.keys import KeyFor, ResolvedKey, Unresolved
from identity.credentials.proofs.cryptosuite import Canonicalization, Cryptosuite
from identity.credentials.proofs.data_integrity import PROOFS_MAX
from identity.credentials.proofs.proof_form import names_in, proofs_of
from identity.credentials.proofs.signatures import SUITES, signature_verdict
from identity.primitives.errors import AttornError
from identity.primitives.multikey import PublicKey

_WORTHWHILE = frozenset(name for name, suite in SUITES.items() if suite.canonicalization is Canonicalization.JCS)
_SHARES = 16  # pieces of a batch: small enough that no core waits long for the other's last one

Document = dict[str, Any]
Signature = tuple[Document, Document, Cryptosuite, PublicKey]  # what is signed, the proof, its suite, its key


def verify_ahead(documents: Iterable[Any], *, key_for: KeyFor, workers: int | None = None) -> int:
    """Check the signatures of many documents on every core, so that ``verify_proofs`` finds the good ones known.

    Returns how many are good. It decides nothing: dates, purposes, chains and issuers are for ``verify_proofs``. Keys
    are asked for here, in the caller's thread and once each, since a resolver may use its database connection.
    """
    signatures = list(_signatures_of(documents, key_for))
    if workers == 1:
        return sum(_is_good(signature) for signature in signatures)
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        return sum(pool.map(_are_good, (signatures[start::_SHARES] for start in range(_SHARES))))


def _signatures_of(documents: Iterable[Any], key_for: KeyFor) -> Iterator[Signature]:
    known: dict[str, ResolvedKey | Unresolved] = {}
    for document in documents:
        proofs = proofs_of(document) if isinstance(document, dict) else []
        for proof in proofs[:PROOFS_MAX]:
            name, method = names_in(proof)
            if name not in _WORTHWHILE or method is None or "previousProof" in proof:
                continue
            if method not in known:
                known[method] = key_for(method)
            key = known[method]
            if isinstance(key, ResolvedKey):
                unsecured = {name: value for name, value in document.items() if name != "proof"}
                yield unsecured, proof, SUITES[name], key.public_key


def _are_good(signatures: list[Signature]) -> int:
    return sum(_is_good(signature) for signature in signatures)


def _is_good(signature: Signature) -> bool:
    try:
        return signature_verdict(*signature)[0] == "ok"
    except AttornError:
        return False
