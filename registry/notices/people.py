"""Whom something is told to: her time zone and her language."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from identity.accounts.models import User


def zone_of(user: User) -> ZoneInfo:
    """The person's time zone; the registry's own where she chose none."""
    try:
        return ZoneInfo(str(getattr(user, "time_zone", "") or settings.TIME_ZONE))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)


def language_of(user: User) -> str:
    """The language the person reads; the registry's own where she chose none."""
    return str(getattr(user, "language", "") or settings.LANGUAGE_CODE)
