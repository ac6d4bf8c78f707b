"""The DIDs this instance hosts: its own, and one for each agent registered here (did:web, W3C CCG draft)."""

from __future__ import annotations

from django.conf import settings

from identity.primitives.did import did_web


def registry_did() -> str:
    """The registry's own DID; its document is at ``/.well-known/did.json``."""
    return did_web(settings.PUBLIC_HOST)


def agent_did(agent_id: str) -> str:
    """The DID of a hosted agent; its document is at ``/agents/<id>/did.json``."""
    return did_web(settings.PUBLIC_HOST, "agents", agent_id)
