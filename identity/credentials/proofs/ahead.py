"""The signatures of a batch, checked on every core before the batch is gone through one by one.

The crypto library lets go of Python's lock while it checks a signature, so threads are enough, as long as they do
little else: what is signed is worked out in the caller's thread, which lets the others in after each document, and they
only check. Only for the jcs suites, where the signature is most of the work: an RDF canonicalization holds the lock,
and a bad one would be paid for twice.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

from identity.credentials.keys import KeyFor, ResolvedKey, Unresolved
from identity.credentials.proofs.cryptosuite import Canonicalization
from identity.credentials.proofs.data_integrity import PROOFS_MAX
from identity.credentials.proofs.proof_form import names_in, proofs_of
from identity.credentials.proofs.signatures import SUITES, SignatureClaim, signature_claim
from identity.primitives.errors import AttornError

_WORTHWHILE = frozenset(name for name, suite in SUITES.items() if suite.canonicalization is Canonicalization.JCS)
_SHARE = 16  # signatures handed over at once: few, so that no core waits long for the other's last one

Document = dict[str, Any]


def verify_ahead(documents: Iterable[Any], *, key_for: KeyFor, workers: int | None = None) -> int:
    """Check the signatures of many documents on every core, so that ``verify_proofs`` finds the good ones known.

    Returns how many are good. It decides nothing: dates, purposes, chains and issuers are for ``verify_proofs``. Keys
    are asked for here, in the caller's thread and once each, since a resolver may use its database connection.
    """
    claims = _claims_of(documents, key_for)
    workers = workers or os.cpu_count() or 1
    if workers == 1:
        return _count_good(claims)
    with ThreadPoolExecutor(workers) as pool:
        counting: list[Future[int]] = []
        while share := list(_letting_others_in(islice(claims, _SHARE))):
            counting.append(pool.submit(_count_good, share))
        return sum(count.result() for count in counting)


def _claims_of(documents: Iterable[Any], key_for: KeyFor) -> Iterator[SignatureClaim]:
    known: dict[str, ResolvedKey | Unresolved] = {}
    for document in documents:
        unsecured: Document | None = None
        for proof in _worthwhile_proofs(document):
            name, method = names_in(proof)
            if name not in _WORTHWHILE or method is None or "previousProof" in proof:
                continue
            if method not in known:
                known[method] = key_for(method)
            key = known[method]
            if isinstance(key, ResolvedKey):
                unsecured = unsecured or {name: value for name, value in document.items() if name != "proof"}
                claim = _claim(unsecured, proof, name, key)
                if claim is not None:
                    yield claim


def _letting_others_in(claims: Iterable[SignatureClaim]) -> Iterator[SignatureClaim]:
    """After each, whoever waits for Python's lock to begin with the next signature may have it."""
    for claim in claims:
        yield claim
        time.sleep(0)


def _worthwhile_proofs(document: Any) -> Sequence[Any]:
    return proofs_of(document)[:PROOFS_MAX] if isinstance(document, dict) else ()


def _claim(unsecured: Document, proof: Document, name: str, key: ResolvedKey) -> SignatureClaim | None:
    try:
        return signature_claim(unsecured, proof, SUITES[name], key.public_key)
    except AttornError:
        return None


def _count_good(claims: Iterable[SignatureClaim]) -> int:
    return sum(claim.holds() for claim in claims)
