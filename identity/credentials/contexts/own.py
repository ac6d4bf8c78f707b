"""The words of our own credentials: agent identity, and delegation (spec "The delegation credential")."""

from __future__ import annotations

from functools import cache
from typing import Any

AGENT = "agent"
DELEGATION = "delegation"

_DATE_TIME = "http://www.w3.org/2001/XMLSchema#dateTime"
_AGENT_TYPES = ("AgentIdentityCredential", "AgentStatementCredential", "Agent", "AgentKey", "AccountableParty")
_AGENT_TEXTS = (
    "displayName",
    "registryName",
    "assuranceLevel",
    "partyKind",
    "country",
    "capabilities",
    "purpose",
    "statement",
    "publicKeyMultibase",
    "keyThumbprint",
)
_AGENT_LINKS = ("accountableParty", "verificationKey", "registry", "website", "serviceEndpoint")
_AGENT_DATES = ("registeredAt", "provenAt")
_DELEGATION_TYPES = ("AgentDelegationCredential", "AgentDelegation", "WebAuthnApproval", "StrongSignIn")
_DELEGATION_TEXTS = (
    "version",
    "depth",
    "maxFurtherDepth",
    "allocation",
    "onRevocation",
    "jkt",  # inside ``cnf``, which the credentials context defines (RFC 7800)
    "challengeDigest",
    "displayedTextDigest",
    "authenticatorData",
    "clientDataJSON",
    "signature",
    "method",
)
_DELEGATION_LINKS = ("root", "principal", "operator", "ledger", "audience", "replaces")
_DELEGATION_DATES = ("signedInAt",)
_DELEGATION_JSON = ("limits", "credentialPublicKeyJwk")  # signed whole, as JSON literals: their order counts too


def own_context_url(public_url: str, name: str) -> str:
    """Where an instance serves its context."""
    return f"{public_url}/contexts/{name}/v1"


@cache
def own_context(public_url: str, name: str) -> dict[str, Any]:
    """The context ``name`` of the instance at ``public_url``. Every term is protected: no later context of a
    document may give it another meaning."""
    prefix = f"{own_context_url(public_url, name)}#"
    terms: dict[str, Any] = {"@protected": True, "id": "@id", "type": "@type"}
    if name == AGENT:
        terms |= _plain(prefix, _AGENT_TYPES + _AGENT_TEXTS) | _typed(prefix, _AGENT_LINKS, "@id")
        terms |= _typed(prefix, _AGENT_DATES, _DATE_TIME)
    else:
        terms |= _plain(prefix, _DELEGATION_TYPES + _DELEGATION_TEXTS) | _typed(prefix, _DELEGATION_LINKS, "@id")
        terms |= _typed(prefix, _DELEGATION_DATES, _DATE_TIME) | _typed(prefix, _DELEGATION_JSON, "@json")
    return {"@context": terms}


def _plain(prefix: str, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: f"{prefix}{name}" for name in names}


def _typed(prefix: str, names: tuple[str, ...], kind: str) -> dict[str, Any]:
    return {name: {"@id": f"{prefix}{name}", "@type": kind} for name in names}
