"""``manage.py prepare``: bring the database, the static files, the registry's key and the demo up to date.

Safe to run at every start and by several machines at once; what is up to date costs a look.
"""

from __future__ import annotations

import hashlib
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from identity.credentials.issuers import current_signer
from identity.primitives.clock import now
from registry.directory.demo_spending import ask_again
from registry.ops.stamps import is_current, remember

# Any number that no other lock of ours has: one machine migrates, the others wait and find it done.
PREPARE_LOCK = 7_102_031


class Command(BaseCommand):
    help = "Bring the database, the static files, the registry's key and the demo up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="leave the demo out")

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [PREPARE_LOCK])
        try:
            self._migrate()
            self._collect_static()
            with self._step("Looking up the registry's key"):
                current_signer()
            if settings.DEMO and not options["no_demo"]:
                self._load_demo()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [PREPARE_LOCK])

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            with self._step(f"Applying {len(plan)} migrations"):
                call_command("migrate", verbosity=0, interactive=False)

    def _collect_static(self) -> None:
        ours = [settings.BASE_DIR / name for name in ("registry", "identity", "reputation")]
        sources = [path for package in ours for path in package.rglob("static/**/*") if path.is_file()]
        sources.append(settings.BASE_DIR / "deploy" / "requirements.txt")
        stamp = Path(settings.STATIC_ROOT) / ".stamp"
        if not is_current(stamp, sources):
            with self._step("Collecting static files"):
                call_command("collectstatic", verbosity=0, interactive=False, clear=True)
            remember(stamp, sources)

    def _load_demo(self) -> None:
        """Only when it is new, or its source has changed; the command itself changes nothing the second time."""
        if "demo_data" not in get_commands():
            return
        directory = settings.BASE_DIR / "registry" / "directory"
        sources = [*directory.rglob("*demo*.py"), *directory.rglob("importers/*.py"), *directory.rglob("fixtures/*")]
        place = [str(connection.settings_dict[name]) for name in ("HOST", "PORT", "NAME", "USER")]
        database = hashlib.sha256("\n".join(place).encode())
        stamp = settings.VAR_DIR / f"demo-{database.hexdigest()[:12]}.stamp"
        if not is_current(stamp, sources):
            with self._step("Loading the demo"):
                call_command("demo_data", verbosity=1, stdout=self.stdout)
            remember(stamp, sources)
        for step in ask_again(at=now()):  # the question of the last start has run out by now
            self.stdout.write(step)

    @contextmanager
    def _step(self, sentence: str) -> Iterator[None]:
        began = time.monotonic()
        self.stdout.write(f"{sentence} …")
        self.stdout.flush()
        yield
        if (seconds := time.monotonic() - began) > 1:
            self.stdout.write(f"{sentence}: done in {seconds:.1f} s")
