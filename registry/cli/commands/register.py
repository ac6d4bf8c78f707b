"""``attorn register``."""

from __future__ import annotations

import argparse
import json
from typing import Any

from registry.cli.caller import key_from_file, registry_did_of, service_client
from registry.cli.exits import Exit
from registry.cli.proof import prove_control
from registry.cli.terminal import printable, remark, say


def run(options: argparse.Namespace) -> Exit:
    """Prove that the key is ours, then register the agent and, in the same step, its name."""
    client, registry_did = service_client(options), registry_did_of(options)
    key = key_from_file(options)
    proof = prove_control(client, purpose="register", private_key=key, registry_did=registry_did)
    agent = client.post("/v1/agents", {**proof, **_profile(options)})
    if options.json:
        say(json.dumps(agent, ensure_ascii=False))
        return Exit.OK
    say(f"id    {printable(agent.get('id'))}")
    say(f"DID   {printable(agent.get('did'))}")
    names = agent.get("names")
    for name in names if isinstance(names, list) else []:
        say(f"name  {printable(name)}")
    remark(f"Try: attorn resolve {printable(options.name or agent.get('did'))} --verify")
    return Exit.OK


def _profile(options: argparse.Namespace) -> dict[str, Any]:
    profile = {
        "display_name": options.display_name,
        "description": options.description,
        "capabilities": options.capability,
        "homepage": options.homepage,
        "name": options.name,
    }
    return {name: value for name, value in profile.items() if value}
