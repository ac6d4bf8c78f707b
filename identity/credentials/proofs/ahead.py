"""The signatures of a batch, checked on two cores before the batch is gone through one by one.

What is signed is worked out here and the signatures are shared with a second process, which is handed bytes and answers
with a byte each. Only for the jcs suites, where the signature is most of the work: an RDF canonicalization would stay
here, and a bad one would be paid for twice.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from identity.credentials.keys import KeyFor, ResolvedKey, Unresolved
from identity.credentials.proofs.cryptosuite import Canonicalization
from identity.credentials.proofs.data_integrity import PROOFS_MAX
from identity.credentials.proofs.proof_form import names_in, proofs_of
from identity.credentials.proofs.second_core import SecondCore, second_core
from identity.credentials.proofs.signatures import SUITES, SignatureClaim, signature_claim
from identity.primitives.errors import AttornError

WORTHWHILE_DOCUMENTS = 16  # below, working out what is signed twice costs more than the other core saves
_WORTHWHILE = frozenset(name for name, suite in SUITES.items() if suite.canonicalization is Canonicalization.JCS)
_SHARE = 8  # signatures handed over at once: few, so that no core waits long for the other's last ones

Document = dict[str, Any]


def verify_ahead(documents: Collection[Any], *, key_for: KeyFor, cores: int | None = None) -> int:
    """Check the signatures of many documents on two cores, so that ``verify_proofs`` finds the good ones known.

    Returns how many were found good; none is looked at where there is only one core, or nothing to gain. It decides
    nothing: dates, purposes, chains and issuers are for ``verify_proofs``. Keys are asked for here, in the caller's
    thread and once each, since a resolver may use its database connection. With ``cores=1`` all are checked here.
    """
    if cores is None and (len(documents) < WORTHWHILE_DOCUMENTS or len(os.sched_getaffinity(0)) == 1):
        return 0
    claims = _claims_of(documents, key_for)
    if cores == 1:
        return _count_good(claims)
    with second_core() as other:
        return _count_good(claims) if other is None else _count_on_two_cores(claims, other)


def _count_on_two_cores(claims: Iterator[SignatureClaim], other: SecondCore) -> int:
    """The other core is kept in work, and everything it has no room for is done here. At the end it is not waited for:
    what it has not answered is checked here, the last first, so that a helper that is slow, stopped or killed costs
    nothing."""
    good = 0
    try:
        while True:
            good += other.answered()
            has_room = other.has_room()
            if not (share := list(islice(claims, _SHARE))):
                break
            new = [claim for claim in share if claim.signed is not None]
            good += len(share) - len(new)
            if new and has_room:
                other.hand_over(new)
            else:
                good += _count_good(new)
        while left := other.take_back():
            good += _count_good(left) + other.answered()
    except OSError:
        good += _count_good(other.end()) + _count_good(claims)
    return good


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


def _worthwhile_proofs(document: Any) -> Sequence[Any]:
    return proofs_of(document)[:PROOFS_MAX] if isinstance(document, dict) else ()


def _claim(unsecured: Document, proof: Document, name: str, key: ResolvedKey) -> SignatureClaim | None:
    try:
        return signature_claim(unsecured, proof, SUITES[name], key.public_key)
    except AttornError:
        return None


def _count_good(claims: Iterable[SignatureClaim]) -> int:
    return sum(claim.holds() for claim in claims)
