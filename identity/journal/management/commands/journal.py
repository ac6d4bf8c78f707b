"""``manage.py journal``: look at the journal's readers, move them on, or let one read again."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from identity.journal import drain as readers
from identity.journal.models import Event
from identity.journal.sequence import sequence
from identity.primitives.clock import now
from identity.primitives.errors import AttornError

EXAMPLES = """examples:
  manage.py journal status                    how far each reader is
  manage.py journal sequence                  give positions to what is committed
  manage.py journal drain                     let every reader catch up
  manage.py journal drain search              only this one
  manage.py journal replay search --from 120  let it read everything after position 120 again
"""


class Command(BaseCommand):
    help = "Look at the journal's readers, move them on, or let one read again."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, epilog=EXAMPLES, formatter_class=RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("status", help="how far each reader is")
        verbs.add_parser("sequence", help="give positions to what is committed")
        drain = verbs.add_parser("drain", help="let the readers catch up")
        drain.add_argument("reader", nargs="?", help="only this reader")
        replay = verbs.add_parser("replay", help="let a reader read again")
        replay.add_argument("reader")
        replay.add_argument("--from", type=int, default=0, dest="position", help="the position to start after (0)")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            match verb:
                case "status":
                    self._status()
                case "sequence":
                    self.stdout.write(f"{sequence()} events stamped")
                case "drain":
                    self._drain(options["reader"])
                case "replay":
                    self._replay(options["reader"], options["position"])
        except AttornError as refusal:
            raise CommandError(refusal.detail) from refusal

    def _status(self) -> None:
        last = Event.objects.order_by("-position").filter(position__isnull=False).values_list("position", flat=True)
        self.stdout.write(f"last position {last.first() or 0}, waiting for one {readers.unstamped()}")
        rows = [("reader", "position", "behind", "oldest unread")]
        rows += [
            (row.reader, str(row.position), str(row.events), f"{row.seconds:.0f} s") for row in readers.lag(at=now())
        ]
        widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    def _drain(self, name: str | None) -> None:
        sequence()
        if name:
            self.stdout.write(f"{name} passed {readers.drain(name, at=now())} events")
            return
        drained = readers.drain_all(at=now())
        for reader, passed in drained.passed.items():
            self.stdout.write(f"{reader} passed {passed} events")
        if drained.failed:
            raise CommandError(f"failed, and left where they stood: {', '.join(drained.failed)}")

    def _replay(self, name: str, position: int) -> None:
        before = readers.replay(name, position=position, at=now())
        self.stdout.write(f"{name} set back from {before} to {position}; drain lets it read again")
