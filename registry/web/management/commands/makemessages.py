"""``manage.py makemessages``: collect what is marked, as the catalogue is kept. It needs gettext; Attorn does not."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import makemessages

NOT_OURS = (".venv", "var", "tests", "bench", "deploy", "docs", "build", "*.egg-info")


class Command(makemessages.Command):
    help = "Collect the marked strings of pages and mails into registry/locale; then compile with compilemessages."

    def add_arguments(self, parser: CommandParser) -> None:
        """Lines are not wrapped and carry no numbers, so that a change shows as that change."""
        super().add_arguments(parser)
        parser.set_defaults(locale=["de"], no_wrap=True, add_location="file", no_obsolete=True)

    def handle(self, *args: Any, **options: Any) -> None:
        options["ignore_patterns"] = [*options["ignore_patterns"], *NOT_OURS]
        super().handle(*args, **options)
