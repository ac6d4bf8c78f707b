"""What our own credentials say, before anybody signs: plain values in, documents out. No database here.

Every node has an ``id``, contexts are named by URL only, numbers are integers: what the most verifiers read alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from identity.credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2, agent_context_url
from identity.primitives.clock import rfc3339

IDENTITY_TYPE = "AgentIdentityCredential"
STATEMENT_TYPE = "AgentStatementCredential"

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class IdentityFacts:
    """Who an agent is: which keys speak for it, and who answers for it with which assurance (0 to 3).

    ``keys`` are pairs of verification method and Multikey.
    """

    did: str
    display_name: str
    registered_at: datetime
    registry: str
    keys: tuple[tuple[str, str], ...]
    party: str
    party_kind: str
    party_name: str
    country: str
    assurance_level: int


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands around the claims: ``status`` is the value of ``credentialStatus``, empty for none."""

    credential_id: str
    issuer: str
    valid_from: datetime
    valid_until: datetime
    status: tuple[Document, ...]


def identity_subject(facts: IdentityFacts) -> Document:
    """The claims of an identity credential."""
    party: Document = {
        "id": facts.party,
        "type": "AccountableParty",
        "displayName": facts.party_name,
        "partyKind": facts.party_kind,
        "assuranceLevel": facts.assurance_level,
    }
    if facts.country:
        party["country"] = facts.country
    return {
        "id": facts.did,
        "type": "Agent",
        "displayName": facts.display_name,
        "registry": facts.registry,
        "registeredAt": rfc3339(facts.registered_at),
        "verificationKey": [
            {"id": method, "type": "AgentKey", "publicKeyMultibase": multikey} for method, multikey in facts.keys
        ],
        "accountableParty": party,
    }


def statement_subject(*, did: str, display_name: str, statement: str) -> Document:
    """The claims of a statement that an organization makes about its agent, in its own words."""
    return {"id": did, "type": "Agent", "displayName": display_name, "statement": statement}


def credential_v2(kind: str, subject: Document, envelope: Envelope) -> Document:
    """A credential of W3C VCDM 2.0."""
    document: Document = {
        "@context": [CREDENTIALS_V2, agent_context_url()],
        "id": envelope.credential_id,
        "type": ["VerifiableCredential", kind],
        "issuer": envelope.issuer,
        "validFrom": rfc3339(envelope.valid_from),
        "validUntil": rfc3339(envelope.valid_until),
        "credentialSubject": subject,
    }
    if envelope.status:
        document["credentialStatus"] = list(envelope.status)
    return document


def credential_v1(kind: str, subject: Document, envelope: Envelope) -> Document:
    """A credential of W3C VCDM 1.1. Its base context knows no Bitstring Status List, so it carries no status: whoever
    holds one asks the registry online."""
    return {
        "@context": [CREDENTIALS_V1, agent_context_url()],
        "id": envelope.credential_id,
        "type": ["VerifiableCredential", kind],
        "issuer": envelope.issuer,
        "issuanceDate": rfc3339(envelope.valid_from),
        "expirationDate": rfc3339(envelope.valid_until),
        "credentialSubject": subject,
    }
