"""Service keys: how an organization's own programs prove whom they act for. ``Authorization: Bearer atn_…``."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import models, transaction

from identity.accounts.models import Organization, ServiceKey, User
from identity.accounts.permissions import Permission, may
from identity.journal.actor import Actor
from identity.journal.kinds import ServiceKeyCreated, ServiceKeyRevoked, ServiceKeyRotated
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted

KEYS_PER_ORGANIZATION_MAX = 50
NAME_LENGTH_MAX = 80
LIFETIME_DAYS_MAX = 730
OVERLAP_SECONDS_MAX = 30 * 24 * 3600
OVERLAP_SECONDS_DEFAULT = 24 * 3600
LAST_USED_RESOLUTION_SECONDS = 60

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PREFIX_LENGTH = 10
_SECRET_LENGTH = 52  # 52 symbols of 5 bits: 260 random bits, so a plain SHA-256 cannot be guessed back
_TOKEN = re.compile(rf"^atn_([{_ALPHABET}]{{{_PREFIX_LENGTH}}})_[{_ALPHABET}]{{{_SECRET_LENGTH}}}$", re.ASCII)
_NO_DIGEST = "0" * 64


class SCOPES(StrEnum):
    """The permissions a key can hold. None of them lets a stolen key add members or mint itself a successor."""

    AGENTS_READ = Permission.AGENTS_READ.value
    AGENTS_WRITE = Permission.AGENTS_WRITE.value
    KEYS_WRITE = Permission.KEYS_WRITE.value
    NAMES_WRITE = Permission.NAMES_WRITE.value
    DOMAINS_WRITE = Permission.DOMAINS_WRITE.value
    CREDENTIALS_WRITE = Permission.CREDENTIALS_WRITE.value
    DELEGATIONS_READ = Permission.DELEGATIONS_READ.value
    DELEGATIONS_WRITE = Permission.DELEGATIONS_WRITE.value
    ACTIVITY_READ = Permission.ACTIVITY_READ.value
    VENDORS_WRITE = Permission.VENDORS_WRITE.value
    AUTHORIZATIONS_READ = Permission.AUTHORIZATIONS_READ.value
    AUTHORIZATIONS_WRITE = Permission.AUTHORIZATIONS_WRITE.value
    APPROVERS_WRITE = Permission.APPROVERS_WRITE.value
    SUBSCRIPTIONS_WRITE = Permission.SUBSCRIPTIONS_WRITE.value
    STATUS_EVENTS_READ = Permission.STATUS_EVENTS_READ.value
    REPORTS_READ = Permission.REPORTS_READ.value
    REPORTS_WRITE = Permission.REPORTS_WRITE.value
    APPEALS_READ = Permission.APPEALS_READ.value
    APPEALS_WRITE = Permission.APPEALS_WRITE.value


def create_service_key(
    *,
    organization: Organization,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None,
    actor: Actor,
    at: datetime,
    created_by: User | None,
) -> tuple[ServiceKey, str]:
    """A new key and its token. The token is not kept anywhere: whoever reads the database cannot use the keys in it.

    Raises InvalidInput for the fields, NotPermitted when the maker lacks a scope she wants to give,
    Conflict when the organization has as many keys as it may.
    """
    name = _checked_name(name)
    chosen = _checked_scopes(scopes)
    _check_expiry(expires_at, at)
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=organization.pk)
        _refuse_wider_than_maker(organization, chosen, created_by)
        _refuse_too_many(organization, at)
        key, token = _mint(organization, name, chosen, expires_at, created_by, at)
        record(ServiceKeyCreated(scopes=chosen), subject=key.pk, actor=actor, at=at, organization=organization.pk)
    return key, token


def authenticate(token: str, at: datetime) -> ServiceKey | None:
    """The active key this token belongs to, with its organization, or None.

    The digest is compared in constant time, also when no key has the prefix: neither the answer nor its timing
    tells an attacker how much of a guessed token was right.
    """
    form = _TOKEN.match(token)
    if form is None:
        return None
    key = ServiceKey.objects.select_related("organization").filter(prefix=form.group(1)).first()
    holds = hmac.compare_digest(digest_of(token), key.digest if key else _NO_DIGEST)
    if key is None or not holds or not key.is_active(at):
        return None
    _note_use(key, at)
    return key


def rotate(
    *,
    key: ServiceKey,
    overlap_seconds: int = OVERLAP_SECONDS_DEFAULT,
    actor: Actor,
    at: datetime,
    created_by: User | None,
) -> tuple[ServiceKey, str]:
    """A successor with the same name, scopes and length of life; the old key works for ``overlap_seconds`` more."""
    if not 0 <= overlap_seconds <= OVERLAP_SECONDS_MAX:
        raise InvalidInput(
            "overlap_out_of_range", f"An overlap is 0 to {OVERLAP_SECONDS_MAX} seconds.", field="overlap_seconds"
        )
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=key.organization_id)
        old = _locked_active(key, at)
        _refuse_wider_than_maker(old.organization, old.scopes, created_by)
        lifetime = old.expires_at - old.created_at if old.expires_at else None
        until = at + lifetime if lifetime else None
        new, token = _mint(old.organization, old.name, list(old.scopes), until, created_by, at)
        ends = at + timedelta(seconds=overlap_seconds)
        old.expires_at = min(old.expires_at, ends) if old.expires_at else ends
        old.save(update_fields=["expires_at"])
        organization = old.organization_id
        record(ServiceKeyRotated(replaced_by=new.pk), subject=old.pk, actor=actor, at=at, organization=organization)
        record(
            ServiceKeyCreated(scopes=list(new.scopes)), subject=new.pk, actor=actor, at=at, organization=organization
        )
    return new, token


def revoke(*, key: ServiceKey, actor: Actor, at: datetime) -> ServiceKey:
    """End the key at once. Revoking again changes nothing."""
    with transaction.atomic():
        locked = ServiceKey.objects.select_for_update().get(pk=key.pk)
        if locked.revoked_at is not None:
            return locked
        locked.revoked_at = at
        locked.save(update_fields=["revoked_at"])
        record(ServiceKeyRevoked(), subject=locked.pk, actor=actor, at=at, organization=locked.organization_id)
    return locked


def prefix_of(token: str) -> str | None:
    """The public part of a token, by which its key is found; None for anything that is no token of ours."""
    form = _TOKEN.match(token)
    return form.group(1) if form else None


def digest_of(token: str) -> str:
    """What is kept of a token: the SHA-256 of all of it, in hex."""
    return hashlib.sha256(token.encode("utf-8")).hexdigest()


def _mint(
    organization: Organization,
    name: str,
    scopes: list[str],
    expires_at: datetime | None,
    created_by: User | None,
    at: datetime,
) -> tuple[ServiceKey, str]:
    prefix = _random_text(_PREFIX_LENGTH)
    token = f"atn_{prefix}_{_random_text(_SECRET_LENGTH)}"
    key = ServiceKey.objects.create(
        organization=organization,
        name=name,
        prefix=prefix,
        digest=digest_of(token),
        scopes=scopes,
        created_by=created_by,
        created_at=at,
        expires_at=expires_at,
    )
    return key, token


def _random_text(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _note_use(key: ServiceKey, at: datetime) -> None:
    """Keep when the key was last used, at most once a minute: a busy key must not turn every read into a write."""
    stale = at - timedelta(seconds=LAST_USED_RESOLUTION_SECONDS)
    if key.last_used_at is not None and key.last_used_at > stale:
        return
    unused = models.Q(last_used_at__isnull=True) | models.Q(last_used_at__lte=stale)
    ServiceKey.objects.filter(unused, pk=key.pk).update(last_used_at=at)
    key.last_used_at = at


def _locked_active(key: ServiceKey, at: datetime) -> ServiceKey:
    locked = ServiceKey.objects.select_for_update(of=("self",)).select_related("organization").get(pk=key.pk)
    if not locked.is_active(at):
        raise Conflict("service_key_ended", "This key has ended already: create a new one.")
    return locked


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME_LENGTH_MAX or not name.isprintable():
        raise InvalidInput(
            "service_key_name_invalid", f"A name has 1 to {NAME_LENGTH_MAX} visible characters.", field="name"
        )
    return name


def _checked_scopes(scopes: Iterable[str]) -> list[str]:
    chosen = sorted({str(scope) for scope in scopes})
    if not chosen:
        raise InvalidInput("scopes_required", "A key needs at least one scope, or it can do nothing.", field="scopes")
    known = {scope.value for scope in SCOPES}
    unknown = [scope for scope in chosen if scope not in known]
    if unknown:
        raise InvalidInput(
            "scope_unknown", f"No such scope: {unknown[0][:40]}. Scopes are {', '.join(sorted(known))}.", field="scopes"
        )
    return chosen


def _check_expiry(expires_at: datetime | None, at: datetime) -> None:
    if expires_at is not None and not at < expires_at <= at + timedelta(days=LIFETIME_DAYS_MAX):
        raise InvalidInput(
            "expiry_out_of_range",
            f"A key ends in the future, at most {LIFETIME_DAYS_MAX} days from now, or has no end.",
            field="expires_at",
        )


def _refuse_wider_than_maker(organization: Organization, scopes: list[str], maker: User | None) -> None:
    """Stops a member from reaching beyond her own role through a key that she makes."""
    if maker is None:
        return
    lacking = [scope for scope in scopes if not may(maker, organization, Permission(scope))]
    if lacking:
        raise NotPermitted("scope_beyond_role", f"Your own role does not include {lacking[0]}.", field="scopes")


def _refuse_too_many(organization: Organization, at: datetime) -> None:
    alive = organization.service_keys.filter(revoked_at__isnull=True).exclude(expires_at__lte=at)
    if alive.count() >= KEYS_PER_ORGANIZATION_MAX:
        raise Conflict("too_many_service_keys", f"An organization has at most {KEYS_PER_ORGANIZATION_MAX} active keys.")
