"""``attorn verify``: its options."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from registry.cli.commands import verify
from registry.cli.option_parts import Commands, add_registry, command_named


def add_verify(commands: Commands[ArgumentParser]) -> None:
    command = command_named(
        commands,
        "verify",
        help="check a credential, a presentation or a saved answer",
        examples="  attorn verify concierge.json\n"
        "  attorn verify shown.jwt --challenge 8f1c… --domain shop.example\n"
        "  attorn verify concierge.json --did-document did.json --status-list revocations.json   (no network)\n"
        "  attorn verify answer.json --query concierge.acme --key z6Mk… --registry-did did:web:registry.example",
    )
    command.add_argument("file", metavar="FILE", help="what was shown, JSON or a token; - reads standard input")
    command.add_argument("--issuer", metavar="DID", help="who must have issued it")
    command.add_argument("--challenge", metavar="TEXT", help="of a presentation: the question it must answer")
    command.add_argument("--domain", metavar="TEXT", help="of a presentation: the verifier it must be meant for")
    command.add_argument(
        "--did-document", metavar="FILE", type=Path, action="append", default=[], help="keys of a DID; may repeat"
    )
    command.add_argument(
        "--status-list", metavar="FILE", type=Path, action="append", default=[], help="a saved list; may repeat"
    )
    command.add_argument(
        "--key", metavar="KEY", help="the signer's key: a Multikey (z6Mk…), or a file with one, a PEM key or a did.json"
    )
    command.add_argument("--offline", action="store_true", help="ask nobody; implied by --key and --did-document")
    command.add_argument("--json", action="store_true", help="print the checks as JSON")
    command.add_argument("--query", metavar="NAME", help="FILE is a registry's answer to this question")
    add_registry(command)
    command.set_defaults(run=verify.run)
