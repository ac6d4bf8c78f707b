"""``attorn credential issue | status | suspend | reinstate | revoke``."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from identity.primitives.ids import is_id
from registry.cli.caller import public_client, service_client
from registry.cli.client import Client, accepted
from registry.cli.exits import Exit, Stop
from registry.cli.terminal import paint, printable, remark, say

ALGORITHMS = {"ed25519": "Ed25519", "p256": "P-256", "p384": "P-384"}
PAGE_SIZE = 100
PAGES_MAX = 20
_STYLES = {"active": "good", "suspended": "warn", "not_yet_valid": "warn"}


def issue(options: argparse.Namespace) -> Exit:
    """Issue one and save it, or print it so that a shell can."""
    client = service_client(options)
    if options.output is not None and options.output.exists():
        raise Stop(Exit.USAGE, f"{options.output} exists already and is never overwritten. Name another file.")
    asked: dict[str, Any] = {"agent": _agent_id(options, options.agent), "format": options.format}
    if options.statement is not None:
        asked |= {"kind": "statement", "statement": options.statement}
    if options.algorithm is not None:
        asked["algorithm"] = ALGORITHMS[options.algorithm]
    if options.days is not None:
        asked["valid_for_days"] = options.days
    issued = client.post("/v1/credentials", asked)
    text = _text_of(issued)
    if options.output is not None:
        _write_new(options.output, text)
    if options.json:
        say(json.dumps(issued, ensure_ascii=False))
    elif options.output is None:
        say(text)
    where = f" It is in {options.output}." if options.output is not None else ""
    until = printable(issued.get("valid_until") or "its end is open")
    remark(f"Issued {printable(issued.get('id'))}, which counts until {until}.{where}")
    return Exit.OK


def status(options: argparse.Namespace) -> Exit:
    """One credential, or each of an agent's; exit code 1 when none of them counts."""
    client = service_client(options)
    if is_id(options.what, "crd"):
        found = [accepted(client.get(f"/v1/credentials/{quote(options.what, safe='')}"))]
    else:
        found = _all_of(client, _agent_id(options, options.what))
    for each in found:
        say(json.dumps(each, ensure_ascii=False) if options.json else _line(each))
    if not found:
        remark("It has no credentials.")
    return Exit.OK if any(each.get("standing") == "active" for each in found) else Exit.NO


def change(options: argparse.Namespace) -> Exit:
    """Suspend, reinstate or revoke; the registry's answer says how it stands then."""
    asked = {} if options.action == "reinstate" else {"reason": options.reason}
    path = f"/v1/credentials/{quote(options.credential, safe='')}/{options.action}"
    changed = service_client(options).post(path, asked)
    say(json.dumps(changed, ensure_ascii=False) if options.json else _line(changed))
    return Exit.OK


def _agent_id(options: argparse.Namespace, named: str) -> str:
    """The id of an agent: as it is, or asked of the register by name or DID."""
    if is_id(named, "agt"):
        return named
    reply = public_client(options).get(f"/v1/resolve/{quote(named, safe='/:')}", is_public=True)
    answer = accepted(reply) if reply.is_problem else reply.json()
    identity = answer.get("identity")
    if not isinstance(identity, dict) or not isinstance(identity.get("id"), str):
        raise Stop(Exit.NO, f"{printable(named)}: {printable(answer.get('rcode'))}, there is no such agent.")
    return str(identity["id"])


def _all_of(client: Client, agent_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"agent": agent_id, "limit": PAGE_SIZE}
    for _ in range(PAGES_MAX):
        page = accepted(client.get("/v1/credentials", query))
        items = page.get("items")
        found += [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []
        if not page.get("next_cursor"):
            return found
        query = {**query, "cursor": page["next_cursor"]}
    return found


def _line(credential: dict[str, Any]) -> str:
    standing = str(credential.get("standing"))
    parts = [credential.get("kind"), credential.get("format"), f"until {credential.get('valid_until') or 'revoked'}"]
    if credential.get("status_reason"):
        parts.append(str(credential["status_reason"]).replace("_", " "))
    words = paint(printable(standing.replace("_", " ")), _STYLES.get(standing, "bad"))
    return f"{printable(credential.get('id'))}  {words}  {printable(' · '.join(str(part) for part in parts))}"


def _text_of(issued: dict[str, Any]) -> str:
    """The credential as a file holds it: indented JSON, or a token as it is."""
    document = issued.get("document")
    if isinstance(document, str) and document.isascii() and document.isprintable():
        return document
    if isinstance(document, dict):
        return json.dumps(document, indent=2, ensure_ascii=True)
    raise Stop(Exit.NETWORK, "The answer cannot be read as a registry's: it holds no credential.")


def _write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet: a credential that was overwritten cannot be fetched by its file again."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w", encoding="utf-8") as file:
            file.write(text + "\n")
    except FileExistsError as error:
        raise Stop(Exit.USAGE, f"The credential was issued, but {path} exists already and is kept.") from error
    except OSError as error:
        raise Stop(Exit.USAGE, f"The credential was issued, but {path} cannot be written: {error.strerror}.") from error
