"""Issuing and presenting through didkit. The key must be in this process: didkit knows no external ones."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from identity.credentials.didkit_door import guards
from identity.credentials.didkit_door.call import DidkitSaidNo, ask
from identity.primitives.clock import rfc3339
from identity.primitives.did import did_key
from identity.primitives.errors import InvalidInput
from identity.primitives.multikey import KeyAlgorithm
from identity.primitives.signing import LocalSigner, Signer

Document = dict[str, Any]


def issue_ed25519_2020(document: Document, *, signer: Signer, at: datetime) -> Document:
    """The VCDM 1.1 credential with its proof. Its issuer must be the did:key of the signer's Ed25519 key."""
    return _sign_json(document, call="issue_credential", actor="issuer", signer=signer, at=at)


def present_ed25519_2020(
    document: Document, *, signer: Signer, at: datetime, challenge: str | None = None, domain: str | None = None
) -> Document:
    """The VCDM 1.1 presentation with its proof, for one verifier (``domain``) and question (``challenge``)."""
    more = guards.asked(challenge, domain)
    return _sign_json(document, call="issue_presentation", actor="holder", signer=signer, at=at, **more)


def issue_vc_claim_jwt(document: Document, *, signer: Signer) -> str:
    """The VCDM 1.1 credential as a JWT with a ``vc`` claim. didkit writes no ``typ`` into its header."""
    return _sign_jwt(document, call="issue_credential", actor="issuer", signer=signer)


def present_vp_claim_jwt(
    document: Document, *, signer: Signer, challenge: str | None = None, domain: str | None = None
) -> str:
    """The VCDM 1.1 presentation as a JWT with a ``vp`` claim."""
    return _sign_jwt(
        document, call="issue_presentation", actor="holder", signer=signer, **guards.asked(challenge, domain)
    )


def _sign_json(document: Document, *, call: str, actor: str, signer: Signer, at: datetime, **more: str) -> Document:
    method, key = _local_key(document, actor=actor, signer=signer)
    contexts = document.get("@context", [])
    if guards.SUITE_CONTEXT not in contexts:
        document = {**document, "@context": [*contexts, guards.SUITE_CONTEXT]}
    if (refusal := guards.checked_document(document)) is not None:
        raise InvalidInput(refusal.code, refusal.detail)
    options = {
        "type": guards.PROOF_TYPE,
        "verificationMethod": method,
        "proofPurpose": guards.purpose_of(actor),
        "created": rfc3339(at),
        **more,
    }
    signed = _signed(call, json.dumps(guards.with_written_out_contexts(document)), options, key)
    return {**document, "proof": json.loads(signed)["proof"]}


def _sign_jwt(document: Document, *, call: str, actor: str, signer: Signer, **more: str) -> str:
    method, key = _local_key(document, actor=actor, signer=signer)
    options = {"verificationMethod": method, "proofFormat": "jwt", "proofPurpose": guards.purpose_of(actor), **more}
    return _signed(call, json.dumps(document), options, key)


def _local_key(document: Document, *, actor: str, signer: Signer) -> tuple[str, str]:
    """The verification method of the signer's did:key, and the private JWK that didkit wants."""
    if not isinstance(signer, LocalSigner) or signer.public_key.algorithm is not KeyAlgorithm.ED25519:
        raise InvalidInput("unsupported_key", "didkit signs with an Ed25519 key held in this process only.")
    did = did_key(signer.public_key)
    stated = document.get(actor)
    if (stated.get("id") if isinstance(stated, dict) else stated) != did:
        raise InvalidInput("issuer_mismatch", f"The {actor} of a document signed by didkit is {did}.", field=actor)
    if "proof" in document:
        raise InvalidInput("malformed_credential", "The document carries a proof already.", field="proof")
    private = load_pem_private_key(signer.private_key.to_pem().encode(), password=None)
    assert isinstance(private, Ed25519PrivateKey)
    secret = base64.urlsafe_b64encode(private.private_bytes_raw()).rstrip(b"=").decode()
    return f"{did}#{signer.public_key.multikey}", json.dumps({**signer.public_key.jwk(), "d": secret})


def _signed(call: str, text: str, options: dict[str, Any], key: str) -> str:
    try:
        return ask(call, text, options, key)
    except DidkitSaidNo as error:
        raise InvalidInput("malformed_credential", f"didkit cannot sign this document: {error}") from error
