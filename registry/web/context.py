"""What every page knows: the theme, where it is, and the instance's own words."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"


def page(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get(THEME_COOKIE, "auto")
    return {
        "theme": theme if theme in THEMES else "auto",
        "public_url": settings.PUBLIC_URL,
        "public_host": settings.PUBLIC_HOST,
        "root_zone": settings.ROOT_ZONE,
        "console": getattr(request, "console", None),
    }
