"""``manage.py vendor_assurance VENDOR LEVEL``: what the registry itself found out about a vendor."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from identity.agents.models import Vendor
from identity.agents.vendors import ASSURANCE_MAX, set_vendor_assurance
from identity.journal.actor import system
from identity.primitives.clock import now


class Command(BaseCommand):
    help = (
        "Set how well a vendor is verified: 0 its own word, 1 its domains are proven, 2 the legal entity was verified, "
        "3 verified on site or by payment. The change is in the journal."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("vendor", help="its id (agt_…) or its DID")
        parser.add_argument("level", type=int, choices=range(ASSURANCE_MAX + 1))

    def handle(self, *args: Any, **options: Any) -> None:
        name, level = options["vendor"], options["level"]
        by = {"agent__did": name} if name.startswith("did:") else {"agent_id": name}
        vendor = Vendor.objects.select_related("agent").filter(**by).first()
        if vendor is None:
            raise CommandError(f"There is no vendor {name}.")
        set_vendor_assurance(vendor=vendor, level=level, actor=system("vendor_assurance"), at=now())
        self.stdout.write(f"{vendor.agent.display_name} ({vendor.pk}) is at level {level}.")
