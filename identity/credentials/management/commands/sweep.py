"""``manage.py sweep``: ask every watched source now and compare every entry with its list; ``--status`` only looks."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from identity.credentials.models import Sweep
from identity.credentials.watch.overview import overview
from identity.credentials.watch.sweep import progress_of, running_sweep, start_sweep, work_on_sweep
from identity.credentials.watch.timing import Spent
from identity.journal.actor import system
from identity.primitives.clock import now

PAUSE_SECONDS = 1.0


class Command(BaseCommand):
    help = "Ask every list and DID document that watched credentials hang on, and compare every entry."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--status", action="store_true", help="show the state of things and the last sweep only")
        parser.add_argument("--background", action="store_true", help="start it and leave the work to the workers")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["status"]:
            self._sweep(background=options["background"])
        self._show()

    def _sweep(self, *, background: bool) -> None:
        """Start one, or help with the one that is running; workers may help too."""
        sweep = running_sweep() or start_sweep(actor=system("sweep_command"), at=now())
        if background:
            return
        spent = Spent()
        while not work_on_sweep(sweep, spent=spent):
            time.sleep(PAUSE_SECONDS)  # another worker still holds a piece of it
        parts = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in spent.as_seconds().items())
        self.stdout.write(f"Time spent here: {parts}.")

    def _show(self) -> None:
        sweep = Sweep.objects.order_by("-started_at").first()
        if sweep is not None:
            done = progress_of(sweep)
            state = "finished" if sweep.finished_at else f"{done.percent} %"
            self.stdout.write(
                f"Sweep {sweep.pk}: {state}; {done.sources_checked} of {done.sources} sources asked, "
                f"{done.entries_checked} of {done.entries} entries compared, {done.entries_corrected} corrected."
            )
        now_shown = overview(at=now())
        sources = ", ".join(f"{count} {state}" for state, count in now_shown.sources.items()) or "none"
        self.stdout.write(f"Sources: {sources}.")
        self.stdout.write(
            f"Watched credentials: {now_shown.credentials}; revoked entries {now_shown.entries_revoked}, "
            f"suspended {now_shown.entries_suspended}."
        )
        self.stdout.write(f"Oldest source was asked {now_shown.oldest_unchecked_seconds:.0f} s ago.")
