"""Whose language and whose clock a page follows: hers if she chose, else her browser's.

Pages alone follow them. What programs read stays English, and in UTC.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone, translation

from identity.accounts.clock_face import show_clock
from identity.accounts.preferences import is_zone

# Written by page.js, which asks the browser; read only where nobody signed in has chosen a zone.
ZONE_COOKIE = "zone"


def follow_preferences(request: HttpRequest) -> None:
    """Let everything that is worded from here on be in this person's language and on her clock."""
    user = getattr(request, "user", None)
    language, zone = getattr(user, "language", ""), getattr(user, "time_zone", "")
    if language and language != translation.get_language():
        translation.activate(language)
        request.LANGUAGE_CODE = language
    show_clock(getattr(user, "clock", ""))
    zone = zone or request.COOKIES.get(ZONE_COOKIE, "")
    if zone and is_zone(zone):
        timezone.activate(ZoneInfo(zone))
