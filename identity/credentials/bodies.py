"""The bytes of our own credentials in every format: the same claims, each time in the words of its standard."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from identity.credentials.checks import CredentialFormat
from identity.credentials.contexts import agent_context_url
from identity.credentials.didkit_door import issue_ed25519_2020, issue_vc_claim_jwt
from identity.credentials.documents import Document, Envelope, credential_v1, credential_v2
from identity.credentials.sd_jwt_vc import issue_sd_jwt_vc
from identity.credentials.securing import Securing, secure
from identity.primitives.multikey import PublicKey
from identity.primitives.signing import Signer

# What a holder may keep to herself: the registry's word stands without it, and it may name a natural person.
DISCLOSABLE = frozenset({"displayName", "partyName", "country"})


@dataclass(frozen=True, slots=True)
class Claims:
    """What is said, of which type, and the key it is bound to where the format binds keys."""

    type_name: str
    subject: Document
    holder_key: PublicKey | None = None


def body_of(
    claims: Claims, envelope: Envelope, *, token_status: Document, how: Securing, signer: Signer, at: datetime
) -> bytes:
    """The credential, secured. ``token_status`` is its entry as Token Status List claim."""
    if how.format is CredentialFormat.SD_JWT_VC:
        return _sd_jwt(claims, envelope, token_status=token_status, signer=signer)
    if how.format is CredentialFormat.ED25519_SIGNATURE_2020:
        document = credential_v1(claims.type_name, claims.subject, envelope)
        return json.dumps(issue_ed25519_2020(document, signer=signer, at=at), separators=(",", ":")).encode()
    if how.format is CredentialFormat.VC_CLAIM_JWT:
        return issue_vc_claim_jwt(credential_v1(claims.type_name, claims.subject, envelope), signer=signer).encode()
    is_v1 = how.format is CredentialFormat.DATA_INTEGRITY_V1
    compose = credential_v1 if is_v1 else credential_v2
    return secure(compose(claims.type_name, claims.subject, envelope), how=how, signer=signer, created=at)


def _sd_jwt(claims: Claims, envelope: Envelope, *, token_status: Document, signer: Signer) -> bytes:
    flat = _flat(claims.subject)
    return issue_sd_jwt_vc(
        {"jti": envelope.credential_id, **flat},
        vct=f"{agent_context_url()}#{claims.type_name}",
        signer=signer,
        valid_from=envelope.valid_from,
        valid_until=envelope.valid_until,
        holder_key=claims.holder_key,
        disclosable=DISCLOSABLE & set(flat),
        status_list=token_status["status_list"],
    ).encode()


def _flat(subject: Document) -> Document:
    """The subject as top-level claims, so that each can be shown or kept; the keys are in ``cnf`` already."""
    party = subject.get("accountableParty", {})
    flat = {name: value for name, value in subject.items() if isinstance(value, str) and name not in ("id", "type")}
    flat |= {"sub": subject["id"]}
    if party:
        flat |= {
            "accountableParty": party["id"],
            "partyName": party["displayName"],
            "partyKind": party["partyKind"],
            "assuranceLevel": party["assuranceLevel"],
        }
        flat |= {"country": party["country"]} if "country" in party else {}
    return flat
