"""``manage.py identity_credentials``: papers for agents that were registered before papers were given out."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from identity.credentials.renewal import issue_missing
from identity.primitives.clock import now


class Command(BaseCommand):
    help = (
        "Issue an identity credential to every active agent that never had one. Safe to stop, to repeat and to run "
        "while the registry serves; agents whose credential was revoked are left alone."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        issued = 0
        while batch := issue_missing(at=now()):
            issued += batch
            self.stdout.write(f"{issued} issued")
        self.stdout.write(f"Done: {issued} agents got their identity credential.")
