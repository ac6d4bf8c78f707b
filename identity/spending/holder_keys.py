"""The keys that intents are signed with. A key's bytes never change under its name, so they are kept in memory; whether
it still counts is read under the fence for every decision."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from identity.agents.models import VerificationMethod
from identity.delegation.offer import CLOCK_SKEW_SECONDS
from identity.primitives.multikey import PublicKey

KEYS_KEPT_MAX = 50_000


def key_named(key_id: str | None, holder_thumbprint: str) -> PublicKey | None:
    """The key that ``key_id`` (``did:web:…#key-1``) names, or the holder's when there is no such hint. None when the
    register never knew it."""
    return _by_name(key_id) if key_id else _by_thumbprint(holder_thumbprint)


def counts_at(key_id: str, at: datetime) -> bool:
    """Whether the key that ``key_id`` names was valid at ``at`` and has not been revoked since. Read now.

    ``at`` is what a token says, in whole seconds of its maker's own clock: a key counts from ``CLOCK_SKEW_SECONDS``
    before it was registered, so that what is signed in a key's first second is not refused.
    """
    did, _, fragment = key_id.partition("#")
    method = VerificationMethod.objects.filter(agent__did=did, fragment=fragment).first()
    if method is None:
        return False
    is_early = timedelta() < method.valid_from - at <= timedelta(seconds=CLOCK_SKEW_SECONDS)
    return method.is_valid(method.valid_from if is_early else at)


@lru_cache(maxsize=KEYS_KEPT_MAX)
def _found_by_name(key_id: str) -> PublicKey:
    did, _, fragment = key_id.partition("#")
    method = VerificationMethod.objects.get(agent__did=did, fragment=fragment)
    return PublicKey.from_multikey(method.multikey)


@lru_cache(maxsize=KEYS_KEPT_MAX)
def _found_by_thumbprint(thumbprint: str) -> PublicKey:
    return PublicKey.from_multikey(VerificationMethod.objects.get(thumbprint=thumbprint).multikey)


def _by_name(key_id: str) -> PublicKey | None:
    try:
        return _found_by_name(key_id)
    except VerificationMethod.DoesNotExist:  # not kept: it may be registered a moment later
        return None


def _by_thumbprint(thumbprint: str) -> PublicKey | None:
    try:
        return _found_by_thumbprint(thumbprint)
    except VerificationMethod.DoesNotExist:
        return None
