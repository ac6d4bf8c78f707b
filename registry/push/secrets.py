"""The secrets of webhooks, sealed at rest as the registry's own keys are."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from identity.credentials.key_vault import master_keys, reseal
from identity.credentials.sealing import seal, unseal
from registry.push.envelope import new_secret
from registry.push.limits import SECRET_BYTES
from registry.push.models import Subscription


def make_secret(subscription_id: str) -> tuple[str, bytes]:
    """A fresh secret, to be shown once, and what is kept of it."""
    secret = new_secret(SECRET_BYTES)
    return secret, seal(secret.encode(), master_key=master_keys()[0], label=subscription_id)


def secrets_of(subscription: Subscription, *, at: datetime) -> list[str]:
    """What deliveries are signed with: the secret, and the one before it while the overlap lasts."""
    sealed = [subscription.secret_sealed]
    if subscription.has_previous_secret(at):
        sealed.append(subscription.previous_secret_sealed)
    keys = master_keys()
    return [unseal(bytes(one), master_keys=keys, label=subscription.pk).decode() for one in sealed if one is not None]


def reseal_secrets() -> int:
    """Seal every secret anew under the current master key; how many subscriptions that were. All or none: one that no
    known key opens (Unavailable ``registry_key_unreadable``) leaves everything as it was."""
    count = 0
    with transaction.atomic():
        rows = Subscription.objects.select_for_update(no_key=True).exclude(secret_sealed=None).order_by("id")
        for subscription in rows.iterator():
            changed = {
                name: reseal(bytes(sealed), label=subscription.pk)
                for name in ("secret_sealed", "previous_secret_sealed")
                if (sealed := getattr(subscription, name)) is not None
            }
            Subscription.objects.filter(pk=subscription.pk).update(**changed)
            count += 1
    return count
