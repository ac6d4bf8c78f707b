"""``manage.py reseal_secrets``: everything that is sealed under the master key, sealed anew under the present one."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from identity.accounts.second_factors import reseal_second_factors
from identity.credentials.issuers import reencrypt_registry_keys
from identity.primitives.errors import Unavailable
from registry.push.secrets import reseal_secrets


class Command(BaseCommand):
    help = (
        "Seal every private key, webhook secret and second factor anew under MASTER_KEY, opening what "
        "MASTER_KEY_PREVIOUS still seals: set both in every process, run this, then remove the previous one. "
        "All or nothing; safe to run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                keys, webhooks, factors = reencrypt_registry_keys(), reseal_secrets(), reseal_second_factors()
        except Unavailable as problem:
            raise CommandError(f"Nothing was changed: {problem.detail}") from problem
        self.stdout.write(f"Sealed {keys} private keys, {webhooks} webhooks and {factors} second factors anew.")
