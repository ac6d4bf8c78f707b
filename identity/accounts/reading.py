"""Words for one reader outside of any page: mail and notices in her language, with times on her clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation

from identity.accounts.clock_face import clock_of
from identity.accounts.models import User
from identity.accounts.preferences import is_zone


@contextmanager
def in_the_words_of(reader: User | None) -> Iterator[None]:
    """Inside, everything is worded for ``reader``. Whoever chose nothing, or is not known, reads English in UTC: a mail
    must not depend on whose request happened to cause it."""
    language, zone, clock = (reader.language, reader.time_zone, reader.clock) if reader else ("", "", "")
    with (
        clock_of(clock),
        translation.override(language or settings.LANGUAGE_CODE),
        timezone.override(ZoneInfo(zone) if is_zone(zone) else None),
    ):
        yield
