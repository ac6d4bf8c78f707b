"""``manage.py status_lists show|publish``: the public status lists, by hand."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from identity.credentials.models import StatusEntry, StatusList, StatusPublication
from identity.credentials.publish import publish_due, publish_list
from identity.primitives.clock import now, rfc3339

_HELP = """\
The lists in which verifiers read whether a credential still counts. A worker publishes them by itself.

  show        list them: places handed out, changes that wait, until when the oldest signature counts
  publish     publish what waits, and sign anew what nears its end
              (--all: sign every list anew, as after a registry key was compromised)
"""


class Command(BaseCommand):
    help = _HELP

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        options["formatter_class"] = argparse.RawDescriptionHelpFormatter
        return super().create_parser(prog_name, subcommand, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("show", help="list the status lists")
        publish = actions.add_parser("publish", help="publish what waits")
        publish.add_argument("--all", action="store_true", help="sign every list anew")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "publish":
            self._publish(everything=options["all"])
        for status_list in StatusList.objects.order_by("number"):
            self.stdout.write(self._line(status_list))

    def _publish(self, *, everything: bool) -> None:
        at = now()
        if everything:
            numbers = StatusList.objects.order_by("number").values_list("number", flat=True)
            published = [publish_list(number, at=at, force=True) for number in numbers]
        else:
            published = [*publish_due(at=at)]
        count = sum(len(done.forms) for done in published if done is not None)
        self.stdout.write(f"Signed {count} {'form' if count == 1 else 'forms'} anew.")

    def _line(self, status_list: StatusList) -> str:
        entries = StatusEntry.objects.filter(status_list=status_list)
        taken, waiting = entries.count(), entries.filter(awaits_publication=True).count()
        oldest = StatusPublication.objects.filter(status_list=status_list).order_by("valid_until").first()
        until = f"counts until {rfc3339(oldest.valid_until)}" if oldest else "not published"
        state = "open" if status_list.closed_at is None else "closed"
        return f"{status_list.number}  {state}  {taken} of {status_list.entries} taken  {waiting} waiting  {until}"
