"""Every command and option of ``attorn``. The reference page is checked against this parser."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from urllib.parse import urlsplit

from registry.cli.commands import keygen, register, resolve, rotate, search, verify, whoami
from registry.cli.version import installed_version

DEFAULT_URL = "http://localhost:8000"
TIMEOUT_SECONDS_DEFAULT = 10.0

DESCRIPTION = "Ask and use a register of AI agents."
EPILOG = """\
examples:
  attorn resolve concierge.acme --verify     who is this agent, checked against the registry's key
  attorn search browser --capability mcp     find agents
  attorn register concierge.acme --key-file concierge.pem --display-name "Concierge"

environment:
  ATTORN_URL       the registry to use (default http://localhost:8000)
  ATTORN_KEY       the service key for commands that change something
  ATTORN_KEY_FILE  a file with that key, mode 0600
  NO_COLOR         no colours

exit codes:
  0 done   1 the answer is no   2 wrong usage   3 no truthful answer from the network
  4 a signature or its circumstances do not hold   5 the registry refused
"""


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="attorn",
        allow_abbrev=False,
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"attorn {installed_version()}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_resolve(commands)
    _add_verify(commands)
    _add_search(commands)
    _add_keygen(commands)
    _add_register(commands)
    _add_rotate(commands)
    _add_whoami(commands)
    return parser


Commands = argparse._SubParsersAction  # argparse gives it no public name


def _command(
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


def _add_resolve(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "resolve",
        help="who is this agent, for whom does it act, in what standing",
        examples="  attorn resolve concierge.acme\n"
        "  attorn resolve did:web:registry.example:agents:agt_01… --json | jq .standing\n"
        "  attorn resolve concierge.acme --verify --key z6Mk…",
    )
    command.add_argument("query", metavar="NAME", help="a name, such as concierge.acme, or a DID")
    command.add_argument("--json", action="store_true", help="print the answer exactly as it was served")
    command.add_argument(
        "--verify", action="store_true", help="check the signature, the question, the time, the registry"
    )
    command.add_argument("--key", metavar="KEY", help=f"with --verify: {_KEY_HELP}")
    _add_registry(command)
    command.set_defaults(run=resolve.run)


def _add_verify(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "verify",
        help="check a saved answer without any network",
        examples="  attorn verify answer.json --query concierge.acme \\\n"
        "      --key z6Mk… --registry-did did:web:registry.example\n"
        "  attorn resolve concierge.acme --json > answer.json   (how to save one)",
    )
    command.add_argument("answer", metavar="FILE", help="the answer as it was served; - reads standard input")
    command.add_argument("--query", metavar="NAME", required=True, help="the name or DID that was asked")
    command.add_argument("--key", metavar="KEY", required=True, help=_KEY_HELP)
    command.add_argument("--registry-did", metavar="DID", required=True, help="the DID of the registry that was asked")
    command.set_defaults(run=verify.run)


def _add_search(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "search",
        help="find agents by words and capabilities",
        examples="  attorn search browser\n  attorn search --capability sql --capability charts --limit 5",
    )
    command.add_argument("words", metavar="WORD", nargs="*", help="words of the name, description or capabilities")
    command.add_argument("--capability", metavar="NAME", action="append", default=[], help="must have it; may repeat")
    command.add_argument(
        "--limit", metavar="N", type=_from_1_to_100, default=20, help="at most N (1 to 100; default 20)"
    )
    command.add_argument("--cursor", metavar="CURSOR", help="go on from where a page ended")
    command.add_argument("--json", action="store_true", help="print the page as it was served")
    _add_registry(command)
    command.set_defaults(run=search.run)


def _add_keygen(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "keygen",
        help="make a key pair; the private half never leaves this machine",
        examples="  attorn keygen --out concierge.pem\n  attorn keygen --out concierge.pem --algorithm p256",
    )
    command.add_argument(
        "--out", metavar="FILE", type=Path, required=True, help="a new file for the private key (0600)"
    )
    _add_algorithm(command)
    command.set_defaults(run=keygen.run)


def _add_register(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "register",
        help="register an agent by proving that you hold its key",
        examples='  attorn register concierge.acme --key-file concierge.pem --display-name "Concierge" \\\n'
        "      --capability booking --homepage https://acme.example/concierge",
    )
    command.add_argument("name", metavar="NAME", nargs="?", help="a name in your zone, such as concierge.acme")
    command.add_argument(
        "--key-file", metavar="FILE", type=Path, required=True, help="its private key; made if missing"
    )
    command.add_argument("--display-name", metavar="TEXT", required=True, help="what people read")
    command.add_argument("--description", metavar="TEXT", default="", help="what it does, in a sentence or two")
    command.add_argument("--capability", metavar="NAME", action="append", default=[], help="what it can do; may repeat")
    command.add_argument("--homepage", metavar="URL", default="", help="where to read more")
    _add_algorithm(command)
    _add_json(command)
    _add_service_key(command)
    _add_registry(command)
    command.set_defaults(run=register.run)


def _add_rotate(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "rotate",
        help="replace an agent's key; the old one stays valid for an overlap",
        examples="  attorn rotate concierge.acme --key-file new.pem --overlap 86400\n"
        "  attorn rotate concierge.acme --key-file new.pem --old-key-file old.pem   (no service key needed)",
    )
    command.add_argument("agent", metavar="AGENT", help="its name or DID")
    command.add_argument("--key-file", metavar="FILE", type=Path, required=True, help="the new key; made if missing")
    command.add_argument("--old-key-file", metavar="FILE", type=Path, help="sign the request with the key it replaces")
    command.add_argument(
        "--retire", metavar="FRAGMENT", help="the key to replace, such as key-1; needed if there are two"
    )
    command.add_argument("--overlap", metavar="SECONDS", type=_whole_number, help="how long both are valid")
    _add_algorithm(command)
    _add_json(command)
    _add_service_key(command)
    _add_registry(command)
    command.set_defaults(run=rotate.run)


def _add_whoami(commands: Commands[argparse.ArgumentParser]) -> None:
    command = _command(
        commands,
        "whoami",
        help="for whom the registry takes this service key or agent key",
        examples="  attorn whoami\n  attorn whoami --key-file concierge.pem",
    )
    command.add_argument("--key-file", metavar="FILE", type=Path, help="sign as the agent with this key")
    _add_json(command)
    _add_service_key(command)
    _add_registry(command)
    command.set_defaults(run=whoami.run)


_KEY_HELP = "the registry's key: a Multikey (z6Mk…), or a file with one, a PEM key or its did.json"


def _add_registry(command: argparse.ArgumentParser) -> None:
    url = os.environ.get("ATTORN_URL", DEFAULT_URL)
    command.add_argument("--registry", metavar="URL", type=_url, default=url, help=f"which registry (now {url})")
    command.add_argument("--registry-did", metavar="DID", help="its DID, when it is not did:web of the URL's host")
    command.add_argument(
        "--timeout", metavar="SECONDS", type=_seconds, default=TIMEOUT_SECONDS_DEFAULT, help="for one request (10)"
    )


def _add_service_key(command: argparse.ArgumentParser) -> None:
    command.add_argument("--service-key-file", metavar="FILE", type=Path, help="instead of ATTORN_KEY; mode 0600")


def _add_algorithm(command: argparse.ArgumentParser) -> None:
    command.add_argument("--algorithm", choices=["ed25519", "p256"], default="ed25519", help="of a new key (ed25519)")


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print the registry's answer as JSON")


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise argparse.ArgumentTypeError(f"{text!r} is not the address of a registry, such as https://registry.example")
    return text.rstrip("/")


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _from_1_to_100(text: str) -> int:
    if not 1 <= _whole_number(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not from 1 to 100")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds up to 3600")
    return seconds
