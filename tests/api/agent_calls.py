"""What a program of the agent's organization sends, step by step, over HTTP."""

from __future__ import annotations

import base64

from identity.primitives.multikey import PrivateKey


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def proof(caller, private_key, purpose="register", agent=None, **headers):
    """A challenge asked for and signed: the members ``challenge`` and ``signature``."""
    body = {"purpose": purpose, "public_key": private_key.public_key.multikey}
    if agent is not None:
        body["agent"] = agent
    answer = caller.post("/v1/agents/challenges", body)
    assert answer.status_code == 201, answer.content
    challenge = answer.json()
    signature = private_key.sign(challenge["signing_input"].encode())
    return {"challenge": challenge["id"], "signature": base64url(signature)}


def registered(caller, **profile):
    """A registered agent as the wire shows it."""
    profile = {"display_name": "Concierge", **profile}
    answer = caller.post("/v1/agents", {**proof(caller, PrivateKey.generate()), **profile})
    assert answer.status_code == 201, answer.content
    return answer.json()
