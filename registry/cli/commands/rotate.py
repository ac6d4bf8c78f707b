"""``attorn rotate``."""

from __future__ import annotations

import argparse
import json
from typing import Any
from urllib.parse import quote

from identity.primitives.multikey import PrivateKey
from registry.cli.caller import key_from_file, public_client, registry_did_of, service_client, signing_client
from registry.cli.client import accepted
from registry.cli.exits import Exit, Stop
from registry.cli.files import read_private_key
from registry.cli.proof import Subject, prove_control
from registry.cli.terminal import printable, say


def run(options: argparse.Namespace) -> Exit:
    """Prove the new key, retire the old one after the overlap."""
    old = read_private_key(options.old_key_file) if options.old_key_file else None
    client = signing_client(options, old) if old else service_client(options)
    identity = _identity(options)
    subject, retire = Subject(str(identity.get("id")), str(identity.get("did"))), _retired(options, identity, old)
    key = key_from_file(options)
    proof = prove_control(client, purpose="key", private_key=key, registry_did=registry_did_of(options), agent=subject)
    overlap = {} if options.overlap is None else {"overlap_seconds": options.overlap}
    path = f"/v1/agents/{quote(subject.id, safe='')}/keys/rotate"
    agent = client.post(path, {**proof, "retire": retire, **overlap})
    if options.json:
        say(json.dumps(agent, ensure_ascii=False))
        return Exit.OK
    for method in _methods(agent, "keys"):
        until = f" until {method['valid_until']}" if method.get("valid_until") else ""
        say(printable(f"{method.get('fragment')}  {method.get('state')}{until}  {method.get('multikey')}"))
    return Exit.OK


def _identity(options: argparse.Namespace) -> dict[str, Any]:
    reply = public_client(options).get(f"/v1/resolve/{quote(options.agent, safe='/:')}", is_public=True)
    answer = accepted(reply) if reply.is_problem else reply.json()
    identity = answer.get("identity")
    if not isinstance(identity, dict):
        raise Stop(
            Exit.NO, f"{printable(options.agent)}: {printable(answer.get('rcode'))}, there is no agent to rotate."
        )
    return identity


def _retired(options: argparse.Namespace, identity: dict[str, Any], old: PrivateKey | None) -> str:
    """The fragment to retire: the one named, else the old key's, else the only one."""
    if options.retire:
        return str(options.retire).removeprefix("#")
    methods = _methods(identity, "verification_methods")
    if old is not None:
        methods = [method for method in methods if method.get("public_key_multibase") == old.public_key.multikey]
    fragments = [str(method.get("id")).partition("#")[2] for method in methods]
    if len(fragments) == 1:
        return fragments[0]
    known = ", ".join(fragments) or "none that is valid"
    raise Stop(Exit.USAGE, f"Which key is to be replaced? Say --retire FRAGMENT. Found: {printable(known)}.")


def _methods(members: dict[str, Any], name: str) -> list[dict[str, Any]]:
    methods = members.get(name)
    return [method for method in methods if isinstance(method, dict)] if isinstance(methods, list) else []
