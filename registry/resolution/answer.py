"""The wire form of an answer: what it says, for how long, and the registry's signature over it. No reading here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings

from identity.agents.addresses import registry_did
from identity.agents.models import Agent, AgentKind, AgentStatus, VerificationMethod
from identity.credentials.proofs.eddsa_jcs_2022 import secure_bytes
from identity.primitives.clock import rfc3339
from identity.primitives.signing import Signer
from registry.directory.models import Name, ResourceRecord
from registry.resolution.credential_evidence import credential_evidence, credential_turns
from registry.resolution.freshness import Lifetime, lifetime, negative_lifetime
from registry.resolution.standing_part import good_standing, reputation_part, sanction_turns, standing_part
from registry.resolution.state import Absence, State

CONTEXT = "https://w3id.org/security/data-integrity/v2"
PARTS = ("identity", "accountable", "vendor", "standing", "reputation", "delegation", "evidence")
NAMES_LISTED_MAX = 64  # an agent may have many; an answer stays small


class Rcode(StrEnum):
    """Response codes of the DNS (RFC 9499 section 3) beside the HTTP status."""

    NOERROR = "NOERROR"
    NXDOMAIN = "NXDOMAIN"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Served:
    """An answer as it goes over the wire. ``body`` is signed; ``etag`` is a strong validator (RFC 9110 section 8.8)
    over exactly these bytes. ``is_stored`` says that every process finds the same bytes in the database."""

    key: str
    status: int
    body: bytes
    etag: str
    ttl_seconds: int
    refresh_at: datetime
    is_stored: bool = False


@dataclass(frozen=True, slots=True)
class Built:
    """An answer that has been signed, and what storing it needs."""

    served: Served
    agent_id: str
    epoch: int
    signed_with: str
    valid_until: datetime


def build(
    *, key: str, state: State, name: Name | None, records: Sequence[ResourceRecord], signer: Signer, at: datetime
) -> Built:
    """Sign the answer to ``key`` from what was read: ``name`` is the name asked for, or the agent's first name when
    its DID was asked; ``records`` are that name's."""
    life = _lifetime(state=state, name=name, records=records, at=at)
    document = compose(key=key, state=state, name=name, records=records, life=life, at=at)
    status = 410 if state.agent.status == AgentStatus.DEACTIVATED else 200
    return Built(
        served=_sign(key, status, document, life, signer, at),
        agent_id=state.agent.id,
        epoch=state.epoch,
        signed_with=signer.verification_method.partition("#")[2],
        valid_until=life.valid_until,
    )


def compose(
    *, key: str, state: State, name: Name | None, records: Sequence[ResourceRecord], life: Lifetime, at: datetime
) -> dict[str, Any]:
    """The answer as a document, before it is signed."""
    return {
        **_head(key, Rcode.NOERROR, None, at, life, state.epoch),
        "identity": _identity(state, name, records, at),
        "accountable": _accountable(state),
        "vendor": _vendor(state),
        "standing": standing_part(state.agent, state.sanctions, at),
        "reputation": reputation_part(state.agent, state.score, state.sanctions, at),
        "delegation": {"state": "none"},
        "evidence": _evidence(state, at),
    }


def build_negative(*, key: str, reason: Absence, signer: Signer, at: datetime) -> Served:
    """A signed "no": nothing under ``key`` (404), or a name that is held back (403). Never stored, so that asking for
    random names cannot fill the database."""
    life = negative_lifetime(at)
    rcode, status = (Rcode.REFUSED, 403) if reason is Absence.HELD else (Rcode.NXDOMAIN, 404)
    absent = dict.fromkeys(PARTS)
    document = {**_head(key, rcode, reason, at, life, 0), **absent}
    return _sign(key, status, document, life, signer, at)


def _sign(key: str, status: int, document: dict[str, Any], life: Lifetime, signer: Signer, at: datetime) -> Served:
    body = secure_bytes(document, signer=signer, created=at)
    return Served(
        key=key,
        status=status,
        body=body,
        etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        ttl_seconds=life.ttl_seconds,
        refresh_at=life.refresh_at,
    )


def _head(key: str, rcode: Rcode, reason: Absence | None, at: datetime, life: Lifetime, epoch: int) -> dict[str, Any]:
    return {
        "@context": [CONTEXT],
        "type": "ResolutionAnswer",
        "query": key,
        "rcode": str(rcode),
        "reason": str(reason) if reason else None,
        "registry": registry_did(),
        "evaluated_at": rfc3339(at),
        "valid_until": rfc3339(life.valid_until),
        "ttl_seconds": life.ttl_seconds,
        "epoch": epoch,
    }


def _lifetime(*, state: State, name: Name | None, records: Sequence[ResourceRecord], at: datetime) -> Lifetime:
    """Every instant at which time alone changes what this answer says bounds it."""
    ends = [each.ended_at for each in state.names]
    turns = [turn for method in state.methods for turn in (method.valid_from, method.valid_until)]
    turns += [*credential_turns(state.credentials), *sanction_turns(state.sanctions)]
    ttls = [record.ttl_seconds for record in records] + ([name.ttl_seconds] if name else [])
    return lifetime(
        at=at,
        validity_seconds=settings.ANSWER_VALIDITY_SECONDS,
        ttl_seconds_max=settings.ANSWER_TTL_SECONDS_MAX,
        ttls=ttls,
        changes=[instant for instant in (*ends, *turns) if instant is not None],
    )


def _identity(state: State, name: Name | None, records: Sequence[ResourceRecord], at: datetime) -> dict[str, Any]:
    agent, methods = state.agent, _speaking_methods(state, at)
    return {
        "did": agent.did,
        "id": agent.id,
        "kind": str(agent.kind),
        "name": name.fqn if name else None,
        "names": sorted(each.fqn for each in state.live_names(at))[:NAMES_LISTED_MAX],
        "display_name": agent.display_name,
        "description": agent.description,
        "capabilities": list(agent.capabilities),
        "homepage": agent.homepage or None,
        "also_known_as": [f"did:key:{method.multikey}" for method in methods],
        "verification_methods": [_method(agent, method) for method in methods],
        "records": [
            {"type": str(record.type), "value": record.value, "ttl_seconds": record.ttl_seconds} for record in records
        ],
    }


def _speaking_methods(state: State, at: datetime) -> list[VerificationMethod]:
    """The keys whose word counts; a deactivated agent has none, and those of a revoked one speak for nobody."""
    has_ended = state.agent.status in (AgentStatus.DEACTIVATED, AgentStatus.REVOKED)
    return [] if has_ended else state.valid_methods(at)


def _method(agent: Agent, method: VerificationMethod) -> dict[str, Any]:
    return {
        "id": f"{agent.did}#{method.fragment}",
        "type": "Multikey",
        "controller": agent.did,
        "public_key_multibase": method.multikey,
        "purposes": list(method.purposes),
        "valid_from": rfc3339(method.valid_from),
        "valid_until": rfc3339(method.valid_until) if method.valid_until else None,
    }


def _accountable(state: State) -> dict[str, Any] | None:
    organization = state.agent.organization
    if organization is None:
        return None
    return {
        "id": organization.id,
        "name": organization.name,
        "kind": str(organization.kind),
        "country": organization.country or None,
        "assurance_level": organization.assurance_level,
        "domains": list(state.domains),
    }


def _vendor(state: State) -> dict[str, Any] | None:
    """What one who sells is verified to be, so that an agent knows whom it is about to show its authority to."""
    if state.vendor is None:
        return None
    return {
        "mcc": state.vendor.mcc,
        "country": state.vendor.country,
        "domains": list(state.vendor.domains),
        "assurance_level": state.vendor.assurance_level,
    }


def _evidence(state: State, at: datetime) -> dict[str, Any]:
    """Different facts, never folded into one. An imported agent that nobody has claimed is never verified."""
    agent = state.agent
    is_verified = (
        agent.organization_id is not None
        and agent.status != AgentStatus.UNCLAIMED
        and bool(_speaking_methods(state, at))
    )
    return {
        "registered": {
            "state": "imported" if agent.kind == AgentKind.FOREIGN else "yes",
            "since": rfc3339(agent.created_at),
        },
        "reachable": {"state": "unknown"},
        "verified": {"state": "yes" if is_verified else "no", "method": "key_control" if is_verified else None},
        "in_good_standing": {"state": good_standing(agent, state.sanctions, at)},
        "credentials": credential_evidence(state.credentials, at),
    }
