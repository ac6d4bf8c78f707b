"""The addresses that credentials hang on: one row each, however many credentials name it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from identity.credentials.models.watch import SourceForm, WatchedCredential, WatchedEntry, WatchSource

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Address:
    """What makes a source one and the same. The issuer is part of it: a list is believed from its own issuer only, so
    credentials of two issuers that name one address are two questions."""

    url: str
    issuer: str
    form: SourceForm
    purpose: str


def hold_sources(addresses: Collection[Address], *, at: datetime) -> dict[Address, WatchSource]:
    """The sources of these addresses, made where there are none, locked until the transaction ends: while they are
    held no list changes under whoever hangs a credential on it. Locked by id, so that no two wait in a ring."""
    defaults = {"created_at": at, "state_since": at, "next_check_at": at}
    for _ in range(_TRIES):
        ids = {
            address: WatchSource.objects.only("pk").get_or_create(**asdict(address), defaults=defaults)[0].pk
            for address in addresses
        }
        rows = WatchSource.objects.filter(pk__in=ids.values()).order_by("pk").select_for_update(no_key=True)
        held = {source.pk: source for source in rows}
        if len(held) == len(ids):
            return {address: held[pk] for address, pk in ids.items()}
    raise RuntimeError("sources vanish as fast as they are made")


def delete_idle_sources() -> None:
    """Sources that no credential hangs on are not asked any more. One that somebody holds is left for the next time."""
    idle = WatchSource.objects.filter(
        ~Exists(WatchedEntry.objects.filter(source=OuterRef("pk"))),
        ~Exists(WatchedCredential.objects.filter(key_source=OuterRef("pk"))),
    )
    held = list(idle.select_for_update(skip_locked=True).values_list("pk", flat=True))
    idle.filter(pk__in=held).delete()
