"""``attorn whoami``."""

from __future__ import annotations

import argparse
import json

from registry.cli.caller import service_client, signing_client
from registry.cli.client import accepted
from registry.cli.exits import Exit
from registry.cli.files import read_private_key
from registry.cli.terminal import printable, say


def run(options: argparse.Namespace) -> Exit:
    """For whom the registry takes the key that is sent."""
    key_file = options.key_file
    client = signing_client(options, read_private_key(key_file)) if key_file else service_client(options)
    caller = accepted(client.get("/v1/caller"))
    if options.json:
        say(json.dumps(caller, ensure_ascii=False))
        return Exit.OK
    organization, scopes = caller.get("organization"), caller.get("scopes")
    say(f"{printable(caller.get('kind'))}  {printable(caller.get('did') or caller.get('id'))}")
    if isinstance(organization, dict):
        say(f"organization  {printable(organization.get('name'))} {printable(organization.get('id'))}")
    if isinstance(scopes, list):
        say(f"may  {printable(', '.join(str(scope) for scope in scopes))}")
    return Exit.OK
