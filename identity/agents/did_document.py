"""The DID document of an agent (W3C DID Core 1.0, keys as Multikey of W3C Controlled Identifiers 1.0)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from identity.agents.models import Agent, KeyPurpose, VerificationMethod
from identity.primitives.clock import rfc3339
from identity.primitives.did import did_key
from identity.primitives.multikey import PublicKey

CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A key as a DID document shows it. ``expires`` is when a retired key stops being good, None for a current one."""

    fragment: str
    multikey: str
    purposes: tuple[str, ...]
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """One entry of ``service`` (DID Core section 5.4): where the agent can be reached."""

    fragment: str
    type: str
    endpoint: str


def did_document(agent: Agent, at: datetime, services: Sequence[Service] = ()) -> dict[str, Any]:
    """The document as of ``at``. Revoked and expired keys are left out; a key in its overlap window says until
    when. Reads ``agent.verification_methods`` (prefetch it for many agents). A deactivated agent, and one that the
    registry revoked, has no keys and no services: nobody may take its word any more."""
    if agent.is_ended:
        return assemble_document(did=agent.did, keys=(), services=())
    return assemble_document(did=agent.did, keys=published_agent_keys(agent, at), services=services)


def published_agent_keys(agent: Agent, at: datetime) -> list[PublishedKey]:
    """The keys good at ``at``, oldest first."""
    methods = sorted(agent.verification_methods.all(), key=lambda method: method.id)
    return [_published(method) for method in methods if method.is_valid(at)]


def assemble_document(
    *, did: str, keys: Iterable[PublishedKey], services: Iterable[Service], also_known_as: bool = True
) -> dict[str, Any]:
    """A DID document from its parts; empty parts are absent, as DID Core section 4.1 prefers."""
    keys = list(keys)
    document: dict[str, Any] = {"@context": list(CONTEXTS), "id": did}
    aliases = [did_key(PublicKey.from_multikey(key.multikey)) for key in keys if key.expires is None]
    if also_known_as and aliases:
        document["alsoKnownAs"] = aliases
    if keys:
        document["verificationMethod"] = [_method_entry(did, key) for key in keys]
    for purpose in KeyPurpose.values:
        if members := [f"{did}#{key.fragment}" for key in keys if purpose in key.purposes]:
            document[purpose] = members
    if entries := [_service_entry(did, service) for service in services]:
        document["service"] = entries
    return document


def _published(method: VerificationMethod) -> PublishedKey:
    return PublishedKey(method.fragment, method.multikey, tuple(method.purposes), method.valid_until)


def _method_entry(did: str, key: PublishedKey) -> dict[str, str]:
    entry = {
        "id": f"{did}#{key.fragment}",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": key.multikey,
    }
    if key.expires is not None:
        entry["expires"] = rfc3339(key.expires)
    return entry


def _service_entry(did: str, service: Service) -> dict[str, str]:
    return {"id": f"{did}#{service.fragment}", "type": service.type, "serviceEndpoint": service.endpoint}
