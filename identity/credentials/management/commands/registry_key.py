"""``manage.py registry_key show|rotate|reencrypt``: the registry's own signing keys."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from identity.credentials import issuers
from identity.journal.actor import system
from identity.primitives.clock import now, rfc3339

_HELP = """\
The keys that sign every answer of this registry.

  show        list the published keys; makes the first one when there is none
  rotate      sign with a fresh key from now on; the old one stays published until its answers have run out
              (--compromised: the old one is withdrawn at once, and every answer it signed stops verifying)
  reencrypt   seal the private keys anew: set MASTER_KEY to the new value and MASTER_KEY_PREVIOUS to the old one
              in every process, run this, then remove MASTER_KEY_PREVIOUS
"""


class Command(BaseCommand):
    help = _HELP

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        import argparse

        options["formatter_class"] = argparse.RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("show", help="list the published keys")
        rotate = actions.add_parser("rotate", help="sign with a fresh key from now on")
        rotate.add_argument("--compromised", action="store_true", help="withdraw the old key at once")
        actions.add_parser("reencrypt", help="seal the private keys under a new MASTER_KEY")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["action"]:
            case "rotate":
                issuers.rotate_registry_key(actor=system("registry_key"), at=now(), compromised=options["compromised"])
                self._show()
            case "reencrypt":
                count = issuers.reencrypt_registry_keys()
                self.stdout.write(f"Sealed {count} private keys under the current MASTER_KEY.")
            case _:
                issuers.current_signer()
                self._show()

    def _show(self) -> None:
        for key in issuers.published_keys(now()):
            state = f"proves answers until {rfc3339(key.expires)}" if key.expires else "signs now"
            self.stdout.write(f"{issuers.registry_did()}#{key.fragment}  {key.multikey}  {state}")
