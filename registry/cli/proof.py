"""Answering a registry's challenge with one's own key."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from identity.primitives.canonical import canonicalize
from identity.primitives.multikey import PrivateKey
from registry.cli.client import Client
from registry.cli.exits import Exit, Stop
from registry.cli.terminal import printable


@dataclass(frozen=True, slots=True)
class Subject:
    """The agent that a challenge is about, once it exists."""

    id: str
    did: str


def prove_control(
    client: Client, *, purpose: str, private_key: PrivateKey, registry_did: str, agent: Subject | None = None
) -> dict[str, Any]:
    """Ask for a challenge and sign it: the members ``challenge`` and ``signature`` of the call that follows."""
    request = {"purpose": purpose, "public_key": private_key.public_key.multikey}
    challenge = client.post("/v1/agents/challenges", {**request, **({"agent": agent.id} if agent else {})})
    document = challenge.get("document")
    check_challenge(document, request=request, registry_did=registry_did, agent_did=agent.did if agent else None)
    signature = base64.urlsafe_b64encode(private_key.sign(canonicalize(document))).rstrip(b"=").decode()
    return {"challenge": challenge.get("id"), "signature": signature}


def check_challenge(document: object, *, request: dict[str, str], registry_did: str, agent_did: str | None) -> None:
    """Stop ``NOT_VERIFIED`` unless this is the very challenge that was asked for.

    Stops a registry that passes on another registry's challenge, to be this agent over there, or that has any other
    document signed.
    """
    expected = {**request, "type": "AttornChallenge", "registry": registry_did, "agent": agent_did}
    members = document if isinstance(document, dict) else {}
    for name, value in expected.items():
        if members.get(name) != value:
            raise Stop(
                Exit.NOT_VERIFIED,
                f"The registry asks to sign something else: {name} is {printable(members.get(name))}, not {value}. "
                "Nothing was signed. If the registry has another DID than its address says, pass --registry-did.",
            )
