"""``attorn verify``: is what I was shown genuine, and does it still count?"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from registry.cli.commands import verify_answer
from registry.cli.exits import Exit, Stop

TEXT_BYTES_MAX = 262_144  # a credential; identity.credentials.limits says the same


def run(options: argparse.Namespace) -> Exit:
    """With ``--query`` the file is a registry's answer to that question, else a credential or presentation."""
    if options.query is None:
        # What it needs takes a quarter of a second to load: only here, not for every command.
        from registry.cli.commands.verify_credential import verify

        return verify(_read(options.file), options)
    if options.key is None or options.registry_did is None:
        raise Stop(Exit.USAGE, "To check an answer say --key and --registry-did too: whose answer must it be?")
    return verify_answer.run(options)


def _read(name: str) -> str:
    try:
        if name == "-":
            data = sys.stdin.buffer.read(TEXT_BYTES_MAX + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(TEXT_BYTES_MAX + 1)
    except OSError as error:
        raise Stop(Exit.USAGE, f"{name} cannot be read: {error.strerror}.") from error
    if len(data) > TEXT_BYTES_MAX:
        raise Stop(Exit.USAGE, f"{name} is larger than any credential ({TEXT_BYTES_MAX} bytes).")
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise Stop(Exit.USAGE, f"{name} is not a text file.") from error
