"""``manage.py import_mcp FILE``: import the MCP Registry's list as unclaimed agents."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from identity.journal.actor import system
from identity.primitives.clock import now
from registry.directory.importers.json_stream import BrokenFile
from registry.directory.importers.mcp import import_mcp

BAR_WIDTH = 30


class Command(BaseCommand):
    help = (
        "Import the MCP Registry's published list (a JSON array of entries) as unclaimed agents. Bad entries are "
        "listed with position and reason and left out; a broken file changes nothing; running it again with the same "
        "file changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--report", type=Path, help="write the whole report here, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        progress = progress_bar(sys.stderr) if sys.stderr.isatty() else None
        try:
            report = import_mcp(path=options["file"], actor=system("import_mcp"), at=now(), progress=progress)
        except BrokenFile as error:
            raise CommandError(f"{options['file']}: {error}. Nothing was changed.") from error
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}. Nothing was changed.") from error
        if options["report"]:
            text = json.dumps(report.as_json(), indent=2, ensure_ascii=False)
            options["report"].write_text(text + "\n", encoding="utf-8")
        for line in report.lines():
            self.stdout.write(line)


def progress_bar(stream: TextIO) -> Any:
    """A bar that redraws itself on one line of a terminal and ends it when a step is done."""

    def show(step: str, done: int, total: int) -> None:
        share = done / total if total else 1.0
        bar = "█" * int(share * BAR_WIDTH)
        stream.write(f"\r{step:8} {bar:<{BAR_WIDTH}} {share:4.0%}" + ("\n" if done >= total else ""))
        stream.flush()

    return show
