"""What the commands of ``attorn`` have in common: options that mean the same everywhere, and how values are read."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_URL = "http://localhost:8000"
TIMEOUT_SECONDS_DEFAULT = 10.0

Commands = argparse._SubParsersAction  # argparse gives it no public name


def command_named(
    commands: Commands[argparse.ArgumentParser], name: str, *, help: str, examples: str
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=help,
        allow_abbrev=False,
        description=help[0].upper() + help[1:] + ".",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


KEY_HELP = "the registry's key: a Multikey (z6Mk…), or a file with one, a PEM key or its did.json"


def add_registry(command: argparse.ArgumentParser) -> None:
    url = os.environ.get("ATTORN_URL", DEFAULT_URL)
    command.add_argument(
        "--registry", metavar="URL", type=registry_url, default=url, help=f"which registry (now {url})"
    )
    command.add_argument("--registry-did", metavar="DID", help="its DID, when it is not did:web of the URL's host")
    command.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=seconds_up_to_an_hour,
        default=TIMEOUT_SECONDS_DEFAULT,
        help="for one request (10)",
    )


def add_service_key(command: argparse.ArgumentParser) -> None:
    command.add_argument("--service-key-file", metavar="FILE", type=Path, help="instead of ATTORN_KEY; mode 0600")


def add_algorithm(command: argparse.ArgumentParser) -> None:
    command.add_argument("--algorithm", choices=["ed25519", "p256"], default="ed25519", help="of a new key (ed25519)")


def add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print the registry's answer as JSON")


def registry_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise argparse.ArgumentTypeError(f"{text!r} is not the address of a registry, such as https://registry.example")
    return text.rstrip("/")


def whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def from_1_to_100(text: str) -> int:
    if not 1 <= whole_number(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to 100")
    return int(text)


def seconds_up_to_an_hour(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds up to 3600")
    return seconds
