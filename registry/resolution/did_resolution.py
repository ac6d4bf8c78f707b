"""DID documents by DID (W3C DID Resolution 1.0): of the agents here, of the registry itself, and of any did:key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings

from identity.agents.addresses import registry_did
from identity.agents.did_document import PublishedKey, Service, assemble_document, did_document
from identity.agents.models import Agent, KeyPurpose
from identity.credentials.issuers import registry_did_document
from identity.credentials.tenant_issuers import issuer_did_document
from identity.primitives.clock import rfc3339
from identity.primitives.did import parse_did
from identity.primitives.errors import InvalidInput
from registry.resolution.freshness import Lifetime, lifetime
from registry.resolution.keys import canonical_key, multikey_of
from registry.resolution.state import Absence, State, find_agents, read_records, read_states

HOSTED_METHODS = frozenset({"web", "key"})


class DidError(StrEnum):
    """Error types of DID Resolution section 10, under ``https://www.w3.org/ns/did#``."""

    INVALID_DID = "INVALID_DID"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_SUPPORTED = "METHOD_NOT_SUPPORTED"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A DID document, what is known about it, and for how many seconds it may be kept."""

    document: dict[str, Any]
    metadata: dict[str, Any]
    ttl_seconds: int

    @property
    def is_deactivated(self) -> bool:
        return bool(self.metadata.get("deactivated"))


def resolve_did(text: str, *, at: datetime) -> Resolved | DidError:
    """The DID document of ``text`` as of the latest committed change, or why there is none."""
    try:
        did = parse_did(text)
        key = canonical_key(text)
    except InvalidInput:
        return DidError.INVALID_DID
    if did.method not in HOSTED_METHODS:
        return DidError.METHOD_NOT_SUPPORTED
    if key == registry_did():
        return Resolved(registry_did_document(at), {}, settings.ANSWER_TTL_SECONDS_MAX)
    if key.startswith(f"{registry_did()}:organizations:"):
        document = issuer_did_document(key.rsplit(":", 1)[1], at=at)
        return DidError.NOT_FOUND if document is None else Resolved(document, {}, settings.ANSWER_TTL_SECONDS_MAX)
    if (multikey := multikey_of(key)) is not None:
        return _did_key_document(key, multikey, at)
    agent_id = Agent.objects.filter(did=key).values_list("id", flat=True).first()
    return DidError.NOT_FOUND if agent_id is None else resolve_agent_did(agent_id, at=at)


def resolve_agent_did(agent_id: str, *, at: datetime) -> Resolved | DidError:
    """The DID document of an agent by its id, as ``/agents/<id>/did.json`` serves it."""
    state = read_states([agent_id]).get(agent_id)
    if state is None:
        return DidError.NOT_FOUND
    metadata: dict[str, Any] = {"created": rfc3339(state.agent.created_at), "versionId": str(state.epoch)}
    if state.agent.is_ended:
        metadata["deactivated"] = True
    document = did_document(state.agent, at, _services(state, at))
    return Resolved(document, metadata, _lifetime(state, at).ttl_seconds)


def _services(state: State, at: datetime) -> list[Service]:
    """The endpoints of the agent's names, each once, by type and number."""
    names = state.live_names(at)
    records = read_records([name.id for name in names])
    endpoints = sorted(
        {
            (str(record.type), record.value)
            for name in names
            for record in records[name.id]
            if record.value.startswith("https://")
        }
    )
    return [
        Service(fragment=f"service-{number}", type=kind, endpoint=value)
        for number, (kind, value) in enumerate(endpoints, start=1)
    ]


def _lifetime(state: State, at: datetime) -> Lifetime:
    turns = [turn for method in state.methods for turn in (method.valid_from, method.valid_until) if turn is not None]
    return lifetime(
        at=at,
        validity_seconds=settings.ANSWER_VALIDITY_SECONDS,
        ttl_seconds_max=settings.ANSWER_TTL_SECONDS_MAX,
        ttls=[],
        changes=turns,
    )


def _did_key_document(key: str, multikey: str, at: datetime) -> Resolved:
    """A did:key says all of itself; we add whose key it is, while it is good."""
    published = PublishedKey(fragment=multikey, multikey=multikey, purposes=tuple(KeyPurpose.values))
    document = assemble_document(did=key, keys=[published], services=(), also_known_as=False)
    agent_id = find_agents([key], at)[key]
    if not isinstance(agent_id, Absence):
        document["alsoKnownAs"] = [Agent.objects.values_list("did", flat=True).get(id=agent_id)]
    return Resolved(document, {}, settings.ANSWER_TTL_SECONDS_MAX)
