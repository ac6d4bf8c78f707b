"""What is asked of a document before didkit sees it, because didkit does not ask. didkit is not called here.

Each refusal stands for a fault that was reproduced with didkit 0.3.3; the tests show each one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from identity.credentials.contexts import CREDENTIALS_V1, context_document
from identity.credentials.data_model_dates import read_date_time
from identity.credentials.did_keys import self_contained_key, split_method
from identity.credentials.json_ld import canonical_quads
from identity.credentials.jws import Jws, algorithm_fits, parse_jws
from identity.credentials.jwt_checks import Refused, dates_refusal, party, verification_method
from identity.credentials.keys import ResolvedKey, Unresolved
from identity.credentials.limits import CLOCK_SKEW
from identity.primitives.clock import rfc3339

PROOF_TYPE = "Ed25519Signature2020"
SUITE_CONTEXT = "https://w3id.org/security/suites/ed25519-2020/v1"
ASSERTION, AUTHENTICATION = "assertionMethod", "authentication"

# Contexts that didkit carries itself. Others that we bundle are written out for it; the RDF stays the same.
_KNOWN_TO_DIDKIT = frozenset({CREDENTIALS_V1, SUITE_CONTEXT, "https://w3id.org/vc/status-list/2021/v1"})
_PROOF_MEMBERS = frozenset(
    {"type", "created", "verificationMethod", "proofPurpose", "proofValue", "challenge", "domain", "@context"}
)
_PROOF_REQUIRED = frozenset({"created", "verificationMethod", "proofPurpose", "proofValue"})

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signed, as the secured document says: the DID and its verification method."""

    did: str
    verification_method: str


def checked_document(document: Document) -> Refused | None:
    """Why didkit may not see ``document`` (without its proof), or None.

    Stops members and types without meaning, which didkit leaves out of what is signed; and canonicalization bombs,
    of which 1.7 kB cost it 11 seconds. Raises InvalidInput and TooLarge as ``canonical_quads``.
    """
    contexts = document.get("@context")
    if not isinstance(contexts, list) or contexts[:1] != [CREDENTIALS_V1]:
        return Refused("wrong_context", f"The first context of a VCDM 1.1 document is {CREDENTIALS_V1}.")
    canonical_quads(document)
    return None


def with_written_out_contexts(document: Any) -> Any:
    """``document`` as didkit can read it: contexts it does not carry stand in full. Nothing is fetched."""
    if isinstance(document, list):
        return [with_written_out_contexts(item) for item in document]
    if not isinstance(document, dict):
        return document
    return {
        name: _written_out(value) if name == "@context" else with_written_out_contexts(value)
        for name, value in document.items()
    }


def checked_proof(document: Document, *, actor: str, purpose: str, at: datetime) -> Signatory | Refused:
    """The one proof of ``document`` and whose it says it is.

    didkit believes a list of which one proof holds, does not compare the purpose unless told to, and drops proof
    members it does not know: here there is one proof, for this purpose, with known members only, by the issuer or
    holder itself. Only a DID that says its own key may be named: for any other didkit would call its host.
    """
    proof = document.get("proof")
    if not isinstance(proof, dict) or proof.get("type") != PROOF_TYPE:
        return Refused("malformed_proof", f"There must be exactly one proof, of type {PROOF_TYPE}.")
    if not _PROOF_REQUIRED <= set(proof) <= _PROOF_MEMBERS or not all(
        isinstance(value, str) for name, value in proof.items() if name != "@context"
    ):
        return Refused("malformed_proof", "The proof lacks a member or has one that would not be signed.")
    if "@context" in proof and proof["@context"] != document.get("@context"):
        return Refused("malformed_proof", "The proof brings other contexts than its document.")
    if proof["proofPurpose"] != purpose:
        return Refused("wrong_proof_purpose", f"The proof is not made for {purpose}.")
    created = read_date_time(proof["created"])
    if created is None or created > at + CLOCK_SKEW:
        return Refused("malformed_proof", "The proof was made at no readable time, or in the future.")
    return signatory(proof["verificationMethod"], stated=party(document.get(actor)), actor=actor)


def signatory(method: str, *, stated: object, actor: str) -> Signatory | Refused:
    """Whose key ``method`` is. It must be the ``actor``'s own and say itself (did:key, did:jwk)."""
    parts = split_method(method)
    if isinstance(parts, Unresolved):
        return Refused(parts.code, parts.detail)
    key = self_contained_key(*parts)
    if isinstance(key, Unresolved):
        return Refused(key.code, f"Only did:key and did:jwk are taken in this format. {key.detail}")
    if stated != key.controller:
        return Refused("issuer_mismatch", f"The {actor} is {str(stated)[:200]!r}, but {key.controller} signed.")
    return Signatory(key.controller, method)


def validity_refusal(document: Document, *, at: datetime) -> Refused | None:
    """Why the dates of a VCDM 1.1 credential forbid believing it at ``at``. didkit does not look at them."""
    issued, ends = read_date_time(document.get("issuanceDate")), document.get("expirationDate")
    if issued is None:
        return Refused("malformed_date", "The credential has no readable issuanceDate.")
    if issued > at + CLOCK_SKEW:
        return Refused("not_yet_valid", f"The credential counts only from {rfc3339(issued)}.")
    if ends is None:
        return None
    expires = read_date_time(ends)
    if expires is None:
        return Refused("malformed_date", "The expirationDate cannot be read.")
    return Refused("expired", f"The credential expired on {rfc3339(expires)}.") if at >= expires else None


def checked_token(token: str, *, claim: str, actor: str, at: datetime) -> tuple[Signatory, Document, Jws] | Refused:
    """A VCDM 1.1 JWT (section 6.3.1) as a document, before its signature is looked at. ``claim`` is ``vc`` or ``vp``.

    Stops a token that tells one story in its JWT claims and another in ``vc``, an algorithm that is not the key's,
    and types of token made for another use. Raises InvalidInput and TooLarge as ``parse_jws``.
    """
    jws = parse_jws(token)
    kind = jws.header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.upper() != "JWT" or "crit" in jws.header or "b64" in jws.header:
        return Refused("jwt_header_refused", "The token's typ must be JWT, without extensions (crit).")
    inner = jws.payload.get(claim)
    if not isinstance(inner, dict) or "proof" in inner:
        return Refused("malformed_credential", f"The token has no claim {claim} that is a document without proof.")
    issuer = jws.payload.get("iss")
    method = verification_method(jws, issuer)
    if isinstance(method, Refused):
        return method
    signed_by = signatory(method, stated=issuer, actor=actor)
    if isinstance(signed_by, Refused):
        return signed_by
    key = self_contained_key(*method.split("#", 1))
    if not isinstance(key, ResolvedKey) or not algorithm_fits(jws, public_key=key.public_key):
        return Refused("invalid_signature", "The token's alg is not that of the key.")
    document = _merged(inner, jws.payload, actor=actor)
    if isinstance(document, Refused):
        return document
    return dates_refusal(jws.payload, at=at) or (signed_by, document, jws)


def _merged(inner: Document, claims: Mapping[str, Any], *, actor: str) -> Document | Refused:
    """The document with what stands in JWT claims put back (section 6.3.1, "JWT decoding"). What stands in both places
    must be the same."""
    document = dict(inner)
    stated = {actor: claims.get("iss"), "id": claims.get("jti")}
    if actor == "issuer":
        stated |= {"issuanceDate": _date(claims.get("nbf")), "expirationDate": _date(claims.get("exp"))}
    for name, value in stated.items():
        if value is None:
            continue
        present = document.setdefault(name, value)
        if not _same(party(present) if name == actor else present, value):
            return Refused("contradicting_claims", f"The token's claims and its document differ about {name}.")
    subject = document.get("credentialSubject")
    if actor == "issuer" and "sub" in claims:
        if not isinstance(subject, dict) or subject.get("id", claims["sub"]) != claims["sub"]:
            return Refused("contradicting_claims", "The claim sub differs from the subject of the document.")
        document["credentialSubject"] = {"id": claims["sub"], **subject}
    return document


def _same(present: object, value: object) -> bool:
    if present == value:
        return True
    first, second = read_date_time(present), read_date_time(value)
    return first is not None and second is not None and int(first.timestamp()) == int(second.timestamp())


def _date(seconds: object) -> str | None:
    """RFC 3339 of a JWT date; a value that is none is left to ``dates_refusal``."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < 253_402_300_800:
        return None
    return rfc3339(datetime.fromtimestamp(seconds, UTC))


def _written_out(context: Any) -> Any:
    if isinstance(context, list):
        return [_written_out(part) for part in context]
    if not isinstance(context, str) or context in _KNOWN_TO_DIDKIT:
        return context
    return context_document(context)["@context"]


def purpose_of(actor: str) -> str:
    """What the key of an ``issuer`` or a ``holder`` is for."""
    return ASSERTION if actor == "issuer" else AUTHENTICATION


def asked(challenge: str | None, domain: str | None) -> dict[str, str]:
    """The options that were given."""
    return {name: text for name, text in (("challenge", challenge), ("domain", domain)) if text is not None}
