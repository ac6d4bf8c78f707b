"""``attorn verify --query``: the checks of ``resolve --verify`` on a saved answer, without any network."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from identity.primitives.canonical import parse_json
from identity.primitives.clock import now
from identity.primitives.did import canonical_did
from identity.primitives.errors import AttornError, InvalidInput
from registry.cli.client import RESPONSE_BYTES_MAX
from registry.cli.exits import Exit, Stop
from registry.cli.terminal import paint, printable, say
from registry.cli.verification import Expected, canonical_query, check_answer, pinned_key


def run(options: argparse.Namespace) -> Exit:
    """Check and say by which key it holds."""
    try:
        registry_did = canonical_did(options.registry_did)
    except InvalidInput as error:
        raise Stop(Exit.USAGE, f"--registry-did: {error.detail}") from error
    query = canonical_query(options.query, registry_did=registry_did)
    try:
        answer = parse_json(_read(options.file), bytes_max=RESPONSE_BYTES_MAX)
    except AttornError as error:
        raise Stop(Exit.NOT_VERIFIED, f"The answer does not hold: {error.detail}") from error
    if not isinstance(answer, dict):
        raise Stop(Exit.NOT_VERIFIED, "The answer does not hold: it is no JSON object.")
    at = now()
    method = check_answer(answer, Expected(query, registry_did, pinned_key(options.key, at=at), at))
    say(f"{paint('good', 'good')}: {printable(query)}, signed by {printable(method)}, {_until(answer)}")
    return Exit.OK


def _until(answer: dict[str, object]) -> str:
    return f"{printable(answer.get('rcode'))} until {printable(answer.get('valid_until'))}"


def _read(name: str) -> bytes:
    try:
        if name == "-":
            return sys.stdin.buffer.read(RESPONSE_BYTES_MAX + 1)
        with Path(name).open("rb") as file:
            return file.read(RESPONSE_BYTES_MAX + 1)
    except OSError as error:
        raise Stop(Exit.USAGE, f"{name} cannot be read: {error.strerror}.") from error
