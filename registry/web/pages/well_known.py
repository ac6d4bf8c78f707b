"""``/.well-known/security.txt`` (RFC 9116): where to report a weakness."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from identity.primitives.clock import now, rfc3339

SECURITY_TXT_DAYS = 180


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """The contact of the instance's own settings. ``Expires`` moves with the clock: the file is made on each read."""
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {rfc3339(now() + timedelta(days=SECURITY_TXT_DAYS))}",
        f"Canonical: {settings.PUBLIC_URL}{reverse('security_txt')}",
        "Preferred-Languages: en",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


urlpatterns = [path(".well-known/security.txt", security_txt, name="security_txt")]
