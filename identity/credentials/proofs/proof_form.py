"""What a proof must look like before its signature is worth a look (Data Integrity 1.0 sections 2.1, 4.2 and 4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from identity.credentials.data_model_dates import read_date_time
from identity.credentials.proofs.cryptosuite import PROOF_TYPE
from identity.primitives.errors import InvalidInput

CLOCK_SKEW = timedelta(minutes=5)

CHAINED_PROOFS_MAX = 3  # of one document: each signs a document of its own, with the proofs before it inside

Document = dict[str, Any]
Refusal = tuple[str, str]  # a code and a sentence


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the verifier expects of a proof; ``challenge`` and ``domain`` None when nothing is."""

    purpose: str
    challenge: str | None
    domain: str | None
    at: datetime


def proofs_of(document: Document) -> list[Any]:
    """The proofs of ``document`` as a list; empty when there is none."""
    proof = document.get("proof")
    return proof if isinstance(proof, list) else [] if proof is None else [proof]


def names_in(proof: Any) -> tuple[str | None, str | None]:
    """The suite and the verification method that ``proof`` names, as far as they are texts."""
    if not isinstance(proof, dict):
        return None, None
    suite, method = proof.get("cryptosuite"), proof.get("verificationMethod")
    return suite if isinstance(suite, str) else None, method if isinstance(method, str) else None


def form_refusal(proof: Any, wanted: Wanted) -> Refusal | None:
    """Why ``proof`` cannot hold, whoever signed it; None when it may."""
    if not isinstance(proof, dict):
        return "malformed_proof", "A proof is a JSON object."
    if proof.get("type") != PROOF_TYPE:
        return "unknown_proof_type", f"The type of a proof is {PROOF_TYPE}."
    if None in names_in(proof):
        return "malformed_proof", "A proof names its cryptosuite and its verificationMethod."
    if proof.get("proofPurpose") != wanted.purpose:
        return "wrong_purpose", f"The proof is not made for {wanted.purpose}."
    return _time_refusal(proof, wanted.at) or _occasion_refusal(proof, wanted)


def with_previous_proofs(unsecured: Document, proof: Document, proofs: list[Any]) -> Document:
    """What ``proof`` signs: the document, with the proofs it builds on (Data Integrity 1.0 section 4.4).

    InvalidInput ``previous_proof_missing``. Stops the order of signatures from being rewritten: who countersigned
    has seen what was signed before.
    """
    if "previousProof" not in proof:
        return unsecured
    previous = proof["previousProof"]
    ids = previous if isinstance(previous, list) else [previous]
    if not ids or not all(isinstance(name, str) for name in ids):
        raise InvalidInput("malformed_proof", "previousProof is the id of a proof, or a list of them.")
    matching = [other for other in proofs if isinstance(other, dict) and other.get("id") in ids and other is not proof]
    if sorted(other["id"] for other in matching) != sorted(set(ids)):
        raise InvalidInput("previous_proof_missing", "The proof builds on one that is not here, or is here twice.")
    return {**unsecured, "proof": matching}


def _time_refusal(proof: Document, at: datetime) -> Refusal | None:
    times: dict[str, datetime | None] = {}
    for name in ("created", "expires"):
        times[name] = read_date_time(proof[name], needs_offset=False) if name in proof else None
        if name in proof and times[name] is None:
            return "malformed_proof", f"{name} is a date and time such as 2026-11-21T08:00:00Z."
    created, expires = times["created"], times["expires"]
    if created is not None and created > at + CLOCK_SKEW:
        return "proof_from_the_future", "The proof says that it was made later than now."
    if expires is not None and at >= expires:
        return "proof_expired", "The proof has expired."
    return None


def _occasion_refusal(proof: Document, wanted: Wanted) -> Refusal | None:
    """Stops a presentation recorded elsewhere from being played back here."""
    domains = proof.get("domain")
    if wanted.domain is not None and wanted.domain not in (domains if isinstance(domains, list) else [domains]):
        return "wrong_domain", "The proof was made for another domain."
    if wanted.challenge is not None and proof.get("challenge") != wanted.challenge:
        return "wrong_challenge", "The proof answers another challenge."
    return None
