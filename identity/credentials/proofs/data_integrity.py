"""Data Integrity proofs and proof sets: made and verified (W3C Verifiable Credential Data Integrity 1.0).

A proof set signs one document more than once, so that a verifier which knows either suite accepts it. Here every
proof of a set must hold, those a chain names before those that build on them, and one must be the issuer's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from identity.credentials.contexts import CREDENTIALS_V1, DATA_INTEGRITY_CONTEXTS, DATA_INTEGRITY_V2
from identity.credentials.keys import KeyFor, Unresolved
from identity.credentials.proofs import ecdsa_jcs_2019, ecdsa_rdfc_2019, eddsa_jcs_2022, eddsa_rdfc_2022
from identity.credentials.proofs.cryptosuite import PROOF_TYPE, Canonicalization, Cryptosuite, multibase
from identity.credentials.proofs.proof_form import (
    CHAINED_PROOFS_MAX,
    Wanted,
    form_refusal,
    names_in,
    proofs_of,
    with_previous_proofs,
)
from identity.credentials.proofs.signatures import SUITES, signature_verdict
from identity.primitives.clock import rfc3339
from identity.primitives.did import known_spelling
from identity.primitives.errors import AttornError, InvalidInput
from identity.primitives.multikey import KeyAlgorithm, PublicKey
from identity.primitives.signing import Signer

PROOFS_MAX = 8

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ProofResult:
    """What became of one proof. ``code`` is ``ok`` or why not; ``is_unknown``: its key could not be reached."""

    cryptosuite: str | None
    verification_method: str | None
    code: str
    detail: str
    is_unknown: bool = False
    controller: str | None = None

    @property
    def is_verified(self) -> bool:
        return self.code == "ok"


def are_verified(results: tuple[ProofResult, ...]) -> bool:
    """Whether there is a proof and all of them hold."""
    return bool(results) and all(result.is_verified for result in results)


def default_cryptosuites(public_key: PublicKey) -> tuple[str, ...]:
    """The proof set for a kind of key: the readable suite and the one most verifiers know."""
    if public_key.algorithm is KeyAlgorithm.ED25519:
        return (eddsa_jcs_2022.SUITE.name, eddsa_rdfc_2022.SUITE.name)
    return (ecdsa_jcs_2019.SUITE.name, ecdsa_rdfc_2019.SUITE.name)


def add_proofs(
    document: Document,
    *,
    signer: Signer,
    created: datetime,
    cryptosuites: tuple[str, ...] | None = None,
    purpose: str = "assertionMethod",
    challenge: str | None = None,
    domain: str | None = None,
) -> Document:
    """A copy of ``document`` with one proof for each of ``cryptosuites``, beside those it has.

    A document of the data model 1.1 gets the context that explains the proof. InvalidInput ``unknown_cryptosuite``,
    ``unsupported_key``, and whatever a guard of the rdfc suites says of a document whose meaning it cannot sign.
    """
    names = default_cryptosuites(signer.public_key) if cryptosuites is None else cryptosuites
    unsecured = _with_proof_context({name: value for name, value in document.items() if name != "proof"})
    proofs = proofs_of(document)
    extra = {"challenge": challenge, "domain": domain}
    for suite in [_suite_for_signing(name, signer.public_key) for name in names]:
        config: Document = {
            "type": PROOF_TYPE,
            "cryptosuite": suite.name,
            "created": rfc3339(created),
            "verificationMethod": signer.verification_method,
            "proofPurpose": purpose,
            **{name: value for name, value in extra.items() if value is not None},
        }
        if suite.canonicalization is Canonicalization.JCS and "@context" in unsecured:
            config["@context"] = unsecured["@context"]
        signature = signer.sign(suite.signing_input(unsecured, config, signer.public_key.algorithm))
        proofs = [*proofs, {**config, "proofValue": multibase(signature)}]
    if len(proofs) > PROOFS_MAX:
        raise InvalidInput("too_many_proofs", f"A document carries at most {PROOFS_MAX} proofs.", field="proof")
    return {**unsecured, "proof": proofs[0] if len(proofs) == 1 else proofs}


def verify_proofs(
    document: Document,
    *,
    key_for: KeyFor,
    issuer: str | None,
    at: datetime,
    purpose: str = "assertionMethod",
    challenge: str | None = None,
    domain: str | None = None,
) -> tuple[ProofResult, ...]:
    """One result a proof, and one more when none is the issuer's own. Never raises for what the document holds.

    ``issuer`` None asks only that each proof is by the key it names: a presentation need not say who holds it.
    Stops a set in which a stranger's good proof stands beside a spoilt one of the issuer, a proof made for another
    purpose, verifier (``domain``) or occasion (``challenge``), and one signed with somebody else's key.
    """
    proofs = proofs_of(document)
    if not proofs or len(proofs) > PROOFS_MAX:
        code = "proof_missing" if not proofs else "too_many_proofs"
        return (ProofResult(None, None, code, f"A secured document carries one to {PROOFS_MAX} proofs."),)
    if sum(isinstance(proof, dict) and "previousProof" in proof for proof in proofs) > CHAINED_PROOFS_MAX:
        sentence = f"At most {CHAINED_PROOFS_MAX} proofs of a document build on others."
        return (ProofResult(None, None, "too_many_proofs", sentence),)
    wanted = Wanted(purpose, challenge, domain, at)
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    results = tuple(_until_refused(_verify_one(unsecured, each, proofs, key_for, wanted) for each in proofs))
    if issuer is None or not are_verified(results):
        return results
    if any(is_same_party(result.controller, issuer) for result in results):
        return results
    return (*results, ProofResult(None, None, "issuer_proof_missing", f"No proof is by {issuer} itself."))


def is_same_party(one: str | None, other: str) -> bool:
    """Whether two ids name one party: the same text, or two spellings of one DID."""
    return one is not None and known_spelling(one) == known_spelling(other)


def _until_refused(results: Iterator[ProofResult]) -> Iterator[ProofResult]:
    """The verdicts up to the first certain no: nothing that comes after could make up for it, so it costs nothing."""
    for result in results:
        yield result
        if not (result.is_verified or result.is_unknown):
            return


def _verify_one(unsecured: Document, proof: Any, proofs: list[Any], key_for: KeyFor, wanted: Wanted) -> ProofResult:
    if (refusal := form_refusal(proof, wanted)) is not None:
        return ProofResult(*names_in(proof), *refusal)
    name, method = str(proof["cryptosuite"]), str(proof["verificationMethod"])
    if (suite := SUITES.get(name)) is None:
        return ProofResult(name, method, "unknown_cryptosuite", f"The suite {name[:80]!r} is not known here.")
    key = key_for(method)
    if isinstance(key, Unresolved):
        return ProofResult(name, method, key.code, key.detail, is_unknown=key.is_unknown)
    if (unfit := key.refusal(purpose=wanted.purpose, at=wanted.at)) is not None:
        return ProofResult(name, method, unfit.code, unfit.detail, controller=key.controller)
    try:
        document = with_previous_proofs(unsecured, proof, proofs)
        code, detail = signature_verdict(document, proof, suite, key.public_key)
    except AttornError as error:
        code, detail = error.code, error.detail
    return ProofResult(name, method, code, detail, controller=key.controller)


def _suite_for_signing(name: str, public_key: PublicKey) -> Cryptosuite:
    suite = SUITES.get(name)
    if suite is None:
        known = ", ".join(SUITES)
        raise InvalidInput("unknown_cryptosuite", f"The suites are {known}.", field="cryptosuite")
    if public_key.algorithm not in suite.algorithms:
        raise InvalidInput(
            "unsupported_key", f"{name} does not sign with a {public_key.algorithm} key.", field="cryptosuite"
        )
    return suite


def _with_proof_context(document: Document) -> Document:
    contexts = document.get("@context")
    if not isinstance(contexts, list) or contexts[:1] != [CREDENTIALS_V1]:
        return document
    if any(isinstance(url, str) and url in DATA_INTEGRITY_CONTEXTS for url in contexts):
        return document
    return {**document, "@context": [*contexts, DATA_INTEGRITY_V2]}
