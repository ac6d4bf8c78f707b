"""``manage.py reconcile_ledger``: prove that every figure of the ledger is the sum of what explains it."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from identity.primitives.clock import now
from identity.spending.reconcile import note_findings, reconcile


class Command(BaseCommand):
    help = "Prove that postings, budgets, authorizations, elevations and incidents add up. Exit status 1 if not."

    def handle(self, *args: Any, **options: Any) -> None:
        findings = reconcile()
        note_findings(findings, at=now())
        for finding in findings:
            self.stderr.write(f"{finding.subject}: {finding.what}")
        if findings:
            sys.exit(1)
        self.stdout.write("The ledger adds up.")
