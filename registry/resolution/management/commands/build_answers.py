"""``manage.py build_answers``: sign and store the answers of all agents ahead of the first question."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from identity.primitives.clock import now
from registry.resolution.build import build_answers


class Command(BaseCommand):
    help = "Sign and store the answers of all agents, for instance after a rotation of the registry's key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--after", default="", help="start after this agent id (to go on where a run ended)")
        parser.add_argument("--until", default=None, help="end with this agent id (to share the work)")
        parser.add_argument("--names-only", action="store_true", help="leave DIDs to the first question")

    def handle(self, *args: Any, **options: Any) -> None:
        began, agents, answers = time.monotonic(), 0, 0
        chosen = {name: options[name] for name in ("after", "until", "names_only")}
        for progress in build_answers(at=now(), **chosen):
            agents, answers = agents + progress.agents, answers + progress.answers
            if sys.stderr.isatty():
                self.stderr.write(f"\r{agents:,} agents, {answers:,} answers", ending="")
        seconds = time.monotonic() - began
        self.stdout.write(f"{answers:,} answers of {agents:,} agents in {seconds:.1f} s")
