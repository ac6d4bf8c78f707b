"""Whether a person has just proven herself with a second factor, in whichever browser she did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import constant_time_compare

from identity.accounts.models import User

# Long enough to copy an id from the browser to a terminal; a session left open overnight proves nothing.
STRONG_SIGN_IN_SECONDS = 900
SESSIONS_READ_MAX = 50
_METHODS = "account_authentication_methods"  # django-allauth's log of what was proven in a session
_STRONG = frozenset({Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN})


@dataclass(frozen=True, slots=True)
class StrongSignIn:
    """``method`` is ``webauthn`` or ``totp``."""

    method: str
    at: datetime


def latest_strong_sign_in(user: User, *, at: datetime) -> StrongSignIn | None:
    """The latest second factor of ``user`` within STRONG_SIGN_IN_SECONDS before ``at``, in a session she is still
    signed in with. A session that was ended counts no more: that is how she takes a mistake back."""
    if not user.is_active:
        return None
    sessions = UserSession.objects.filter(user=user).order_by("-last_seen_at")[:SESSIONS_READ_MAX]
    found = [sign_in for session in sessions for sign_in in _sign_ins(session, user)]
    recent = [one for one in found if timedelta(0) <= at - one.at <= timedelta(seconds=STRONG_SIGN_IN_SECONDS)]
    return max(recent, key=lambda one: one.at, default=None)


def _sign_ins(session: UserSession, user: User) -> list[StrongSignIn]:
    store: Any = import_module(settings.SESSION_ENGINE).SessionStore(session.session_key)
    is_hers = store.get(SESSION_KEY) == user.pk
    # A changed password ends the sessions of before: whoever had one may be why it was changed.
    if not is_hers or not constant_time_compare(store.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        return []
    return [
        StrongSignIn(str(record["type"]), datetime.fromtimestamp(record["at"], UTC))
        for record in store.get(_METHODS, [])
        if record.get("method") == "mfa" and record.get("type") in _STRONG
    ]
