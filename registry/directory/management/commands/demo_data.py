"""``manage.py demo_data``: the imported list and a demo organization; running it again changes nothing."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from identity.primitives.clock import now
from registry.directory.demo import EMAIL, load_demo
from registry.directory.management.commands.import_mcp import progress_bar
from registry.settings.env import secret


class Command(BaseCommand):
    help = (
        f"Load the demo: the MCP Registry's list of May 2025 and the organization of {EMAIL}, whose password is taken "
        "from DEMO_PASSWORD (or the file DEMO_PASSWORD_FILE). The agents' private keys are written to var/demo."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        password = secret("DEMO_PASSWORD", default="")
        if not password:
            raise CommandError("Set DEMO_PASSWORD, or DEMO_PASSWORD_FILE to a file that holds it.")
        progress = progress_bar(sys.stderr) if sys.stderr.isatty() else None
        for step in load_demo(password=password, at=now(), progress=progress):
            self.stdout.write(step)
