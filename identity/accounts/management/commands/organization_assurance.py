"""``manage.py organization_assurance ORGANIZATION LEVEL``: what the registry itself found out about an organization."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from identity.accounts.models import Organization
from identity.accounts.noted_assurance import note_assurance
from identity.accounts.organizations import update_organization
from identity.journal.actor import system
from identity.primitives.clock import now
from identity.primitives.errors import AttornError

LEVELS = range(4)


class Command(BaseCommand):
    help = (
        "Set how far an organization is verified: 0 not at all, 1 its domain is proven, 2 its legal entity was "
        "verified, 3 verified on site or by payment. What its agents may spend in a day follows. The change is in the "
        "journal; operators do the same at the desk."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("organization", help="its id (org_…)")
        parser.add_argument("level", type=int, choices=LEVELS)
        parser.add_argument("--legal-id", help="how its commercial register knows it; needed from level 2 on")

    def handle(self, *args: Any, **options: Any) -> None:
        actor, at = system("organization_assurance"), now()
        organization = Organization.objects.filter(pk=options["organization"]).first()
        if organization is None:
            raise CommandError(f"There is no organization {options['organization']}.")
        try:
            with transaction.atomic():
                if options["legal_id"]:
                    update_organization(organization=organization, legal_id=options["legal_id"], actor=actor, at=at)
                level, reason = options["level"], "set by a command on the server"
                note_assurance(organization=organization, level=level, reason=reason, actor=actor, at=at)
        except AttornError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"{organization.name} ({organization.pk}) is at level {level}.")
