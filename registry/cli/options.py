"""Every command and option of ``attorn``. The reference page is checked against this parser."""

from __future__ import annotations

import argparse
from pathlib import Path

from registry.cli.chain_options import add_chain
from registry.cli.commands import keygen, register, resolve, rotate, search, whoami
from registry.cli.credential_options import add_credential
from registry.cli.option_parts import (
    KEY_HELP,
    Commands,
    add_algorithm,
    add_json,
    add_registry,
    add_service_key,
    command_named,
    from_1_to_100,
    whole_number,
)
from registry.cli.verify_options import add_verify
from registry.cli.version import installed_version

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
    add_verify(commands)
    add_chain(commands)
    _add_search(commands)
    _add_keygen(commands)
    _add_register(commands)
    _add_rotate(commands)
    add_credential(commands)
    _add_whoami(commands)
    return parser


def _add_resolve(commands: Commands[argparse.ArgumentParser]) -> None:
    command = command_named(
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
    command.add_argument("--key", metavar="KEY", help=f"with --verify: {KEY_HELP}")
    add_registry(command)
    command.set_defaults(run=resolve.run)


def _add_search(commands: Commands[argparse.ArgumentParser]) -> None:
    command = command_named(
        commands,
        "search",
        help="find agents by words and capabilities",
        examples="  attorn search browser\n  attorn search --capability sql --capability charts --limit 5",
    )
    command.add_argument("words", metavar="WORD", nargs="*", help="words of the name, description or capabilities")
    command.add_argument("--capability", metavar="NAME", action="append", default=[], help="must have it; may repeat")
    command.add_argument(
        "--limit", metavar="N", type=from_1_to_100, default=20, help="at most N (1 to 100; default 20)"
    )
    command.add_argument("--cursor", metavar="CURSOR", help="go on from where a page ended")
    command.add_argument("--json", action="store_true", help="print the page as it was served")
    add_registry(command)
    command.set_defaults(run=search.run)


def _add_keygen(commands: Commands[argparse.ArgumentParser]) -> None:
    command = command_named(
        commands,
        "keygen",
        help="make a key pair; the private half never leaves this machine",
        examples="  attorn keygen --out concierge.pem\n  attorn keygen --out concierge.pem --algorithm p256",
    )
    command.add_argument(
        "--out", metavar="FILE", type=Path, required=True, help="a new file for the private key (0600)"
    )
    add_algorithm(command)
    command.set_defaults(run=keygen.run)


def _add_register(commands: Commands[argparse.ArgumentParser]) -> None:
    command = command_named(
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
    add_algorithm(command)
    add_json(command)
    add_service_key(command)
    add_registry(command)
    command.set_defaults(run=register.run)


def _add_rotate(commands: Commands[argparse.ArgumentParser]) -> None:
    command = command_named(
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
    command.add_argument("--overlap", metavar="SECONDS", type=whole_number, help="how long both are valid")
    add_algorithm(command)
    add_json(command)
    add_service_key(command)
    add_registry(command)
    command.set_defaults(run=rotate.run)


def _add_whoami(commands: Commands[argparse.ArgumentParser]) -> None:
    command = command_named(
        commands,
        "whoami",
        help="for whom the registry takes this service key or agent key",
        examples="  attorn whoami\n  attorn whoami --key-file concierge.pem",
    )
    command.add_argument("--key-file", metavar="FILE", type=Path, help="sign as the agent with this key")
    add_json(command)
    add_service_key(command)
    add_registry(command)
    command.set_defaults(run=whoami.run)
