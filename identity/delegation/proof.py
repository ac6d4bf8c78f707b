"""Whether a link is signed by whoever may sign it. No Django here."""

from __future__ import annotations

from datetime import datetime, timedelta

from identity.credentials.keys import KeyFor, Unresolved
from identity.credentials.proofs.data_integrity import add_proofs, are_verified, verify_proofs
from identity.delegation.limits import CREATED_SKEW_SECONDS_MAX
from identity.delegation.link import Document, Link, digest_of
from identity.primitives.multikey import KeyAlgorithm
from identity.primitives.signing import Signer
from identity.primitives.webauthn import EVIDENCE_TYPE, consent_challenge, verify_assertion

ROOT_PURPOSE = "assertionMethod"
CHILD_PURPOSE = "capabilityDelegation"
# Proofs are dated in whole seconds, keys to the microsecond: a key made in the same second counts.
_WITHIN_ITS_SECOND = timedelta(microseconds=999_999)
_SUITES = {
    KeyAlgorithm.ED25519: "eddsa-jcs-2022",
    KeyAlgorithm.P256: "ecdsa-jcs-2019",
    KeyAlgorithm.P384: "ecdsa-jcs-2019",
}


def sign_link(document: Document, *, signer: Signer, created: datetime) -> Document:
    """The unsigned credential with its proof: of the suite of the signer's key, for the purpose of its depth."""
    purpose = proof_purpose(document["credentialSubject"]["depth"])
    suites = (_SUITES[signer.public_key.algorithm],)
    return add_proofs(document, signer=signer, created=created, cryptosuites=suites, purpose=purpose)


def proof_purpose(depth: int) -> str:
    """A root is a statement of the registry; every other link is an agent's passing on."""
    return ROOT_PURPOSE if depth == 0 else CHILD_PURPOSE


def proof_refusal(link: Link, *, key_for: KeyFor, at: datetime) -> str | None:
    """Why the proof of ``link`` does not hold, as a sentence, or None.

    The key must be the issuer's own, good for passing on, and good when the proof was made; a key that was revoked
    proves nothing at any time, since whoever stole it can write any date. Stops a forger's own key, a key published
    to log in, a proof from the future, and a proof of another document or purpose.
    """
    proof, place = link.document["proof"], link.place
    method = proof.get("verificationMethod")
    if not isinstance(method, str) or method.partition("#")[0] != place.issuer:
        return "The proof is not by a key of the issuer."
    created = _created(proof.get("created"))
    if created is None or created > at + timedelta(seconds=CREATED_SKEW_SECONDS_MAX):
        return "The proof does not say when it was made, or says it was in the future."
    key = key_for(method)
    if isinstance(key, Unresolved):
        return key.detail
    purpose = proof_purpose(place.depth)
    refusal = key.refusal(purpose=purpose, at=created + _WITHIN_ITS_SECOND)
    if refusal is not None:
        return refusal.detail
    if key.controller != place.issuer or key.revoked_at is not None:
        return "The key that signed was revoked or is not the issuer's own."
    if proof.get("cryptosuite") not in _SUITES.values():
        return f"The proof is of one of the suites {' and '.join(_SUITES.values())}."
    results = verify_proofs(
        link.document,
        key_for=lambda asked: key,
        issuer=place.issuer,
        purpose=purpose,
        at=created + _WITHIN_ITS_SECOND,
    )
    return None if are_verified(results) else results[0].detail


def consent_binding(link: Link) -> tuple[bytes, str]:
    """What the principal of a root consented to: the digest of the unsigned credential, and the words shown."""
    return digest_of(link.unsigned()), link.sentence


def consent_refusal(link: Link, *, rp_id: str, origins: tuple[str, ...]) -> str | None:
    """Why the passkey assertion in a root's evidence does not show consent to this very link; None when it does or
    when there is none to check. Whose passkey it is, only its owner can say: compare ``credentialPublicKeyJwk``."""
    binding, words = consent_binding(link)
    challenge = consent_challenge(binding_digest=binding, displayed_text=words)
    for evidence in link.evidence:
        if evidence.get("type") == EVIDENCE_TYPE:
            refusal = verify_assertion(
                evidence, challenge=challenge, displayed_text=words, rp_id=rp_id, origins=origins
            )
            if refusal is not None:
                return f"The principal's consent does not hold: {refusal.replace('_', ' ')}."
    return None


def _created(value: object) -> datetime | None:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return instant if instant is not None and instant.tzinfo is not None else None
