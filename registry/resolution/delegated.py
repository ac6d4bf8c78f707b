"""An answer that also says on whose authority the agent acts: for whoever holds a delegation's id, made for one asking.

Never stored and never cached: what is left of a limit changes with every purchase.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.credentials.issuers import current_signer
from identity.credentials.proofs.eddsa_jcs_2022 import secure_bytes
from identity.delegation.models import Delegation
from identity.delegation.standing import standings
from identity.primitives.clock import rfc3339
from identity.spending.usage import Usage, usage_of
from registry.resolution.answer import Served
from registry.resolution.resolve import resolve

# Standing and budgets are read for this answer; it proves them for as long as a page takes to load, no longer.
VALIDITY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: a vendor's or anybody's program (neither), an organization's program, or an agent by its signature."""

    organization: Organization | None = None
    agent: Agent | None = None


def resolve_delegated(query: str, *, delegation_id: str, viewer: Viewer, at: datetime) -> Served:
    """The answer to ``query`` with the delegation the caller names.

    One that is unknown and one that another agent holds read alike, ``state`` ``none``: ids cannot be probed. What is
    left is said to its principal and to the agent that holds it, for this link only: a vendor that learned it could
    price to it, and an agent that learned its parent's could tell what others spend.
    """
    served = resolve(query, at=at)
    if served.status != 200:
        return served
    document = orjson.loads(served.body)
    del document["proof"]
    document["delegation"] = _part(document["identity"]["id"], delegation_id, viewer, at)
    ends = min(at + timedelta(seconds=VALIDITY_SECONDS), datetime.fromisoformat(document["valid_until"]))
    document |= {"evaluated_at": rfc3339(at), "valid_until": rfc3339(ends), "ttl_seconds": 0}
    body = secure_bytes(document, signer=current_signer(), created=at)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return replace(served, body=body, etag=etag, ttl_seconds=0, refresh_at=at, is_stored=False)


def _part(agent_id: str, delegation_id: str, viewer: Viewer, at: datetime) -> dict[str, Any]:
    links = Delegation.objects.select_related("agent__organization", "root")
    delegation = links.filter(pk=delegation_id[:64], agent=agent_id).first()
    if delegation is None:
        return {"state": "none"}
    path = list(Delegation.objects.path_of(delegation).select_related("agent__organization"))
    standing = standings(path, at=at)
    return {
        "state": standing[delegation.pk].status.value,
        "id": delegation.pk,
        "credential_id": delegation.credential_id,
        "digest": delegation.digest,
        "principal": delegation.principal_did,
        "sentence": delegation.sentence,
        "limits": delegation.constraints,
        "valid_from": rfc3339(delegation.valid_from),
        "valid_until": rfc3339(delegation.valid_until),
        "depth": delegation.depth,
        "max_further_depth": delegation.max_depth_left,
        "chain": [_link(link, standing[link.pk].status.value) for link in path],
        "remaining": _remaining(delegation, at) if _may_see_remaining(delegation, viewer) else None,
    }


def _link(link: Delegation, state: str) -> dict[str, Any]:
    return {
        "id": link.pk,
        "depth": link.depth,
        "holder": link.agent.did,
        "accountable": link.agent.organization.name if link.agent.organization else None,
        "state": state,
    }


def _may_see_remaining(delegation: Delegation, viewer: Viewer) -> bool:
    if viewer.agent is not None:
        return viewer.agent.pk == delegation.agent_id
    return viewer.organization is not None and viewer.organization.pk == delegation.principal_id


def _remaining(delegation: Delegation, at: datetime) -> list[dict[str, Any]]:
    return [_window(usage) for usage in usage_of(delegation.pk, at)]


def _window(usage: Usage) -> dict[str, Any]:
    return {
        "limit": usage.constraint,
        "kind": usage.kind,
        "currency": usage.currency or None,
        "window": usage.window or None,
        "cap": usage.cap,
        "held": usage.held,
        "captured": usage.captured,
        "used": usage.used,
        "left": usage.remaining,
    }
