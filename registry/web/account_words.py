"""What the account's pages need from the settings."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

LOCAL_BACKENDS = (
    "identity.accounts.outbox.EmailBackend",
    "django.core.mail.backends.console.EmailBackend",
    "django.core.mail.backends.filebased.EmailBackend",
)


def account(request: HttpRequest) -> dict[str, str | bool]:
    """Whether mail leaves this machine, and the name of the single sign-on provider if there is one."""
    return {
        "mail_stays_here": settings.EMAIL_BACKEND in LOCAL_BACKENDS,
        "single_sign_on": settings.OIDC_NAME if settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] else "",
    }
