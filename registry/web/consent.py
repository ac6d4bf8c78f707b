"""How a page takes a human's consent: her passkey over what is shown or, for want of one, a code given just before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from identity.accounts.consent import Evidence, consent_options, has_passkey, take_consent
from identity.accounts.models import User
from identity.delegation.sandbox import SANDBOX_SIGN_IN
from identity.primitives.clock import rfc3339
from identity.primitives.errors import NotPermitted

# How long a second factor that was just given counts. Long enough to read the page, too short for a session that was
# left open on a table.
STRONG_SIGN_IN_SECONDS = 300
# In the sandbox, long enough for somebody who has just signed up to come to its question without giving more.
SANDBOX_SIGN_IN_SECONDS = 900
_STRONG_FACTORS = frozenset({Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN})


def consent_context(
    request: HttpRequest, *, challenge: bytes, at: datetime, is_sandbox: bool = False
) -> dict[str, Any]:
    """What a page with a consent form needs: the passkey's options and which ways are open to this person. In the
    sandbox one more is, to whoever has no second factor yet."""
    user = cast(User, request.user)
    has_code = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()
    hers = has_passkey(user)
    by_password = is_sandbox and not hers and not has_code
    return {
        "options": consent_options(user, challenge=challenge),
        "has_passkey": hers,
        "has_code": has_code,
        "strong_sign_in": recent_strong_sign_in(request, at),
        "by_password": by_password,
        "sandbox_sign_in": recent_sandbox_sign_in(request, at) if by_password else None,
    }


def consent_of(
    request: HttpRequest, *, challenge: bytes, displayed_text: str, at: datetime, is_sandbox: bool = False
) -> Evidence:
    """The evidence of the consent that this POST carries.

    Raises InvalidInput ``consent_malformed`` and NotPermitted ``consent_not_given``. Stops whoever sits down at an
    unlocked computer: an open session, however old, consents to nothing.
    """
    if is_sandbox and request.POST.get("by_sandbox_sign_in"):
        evidence = recent_sandbox_sign_in(request, at)
        if evidence is None:
            raise NotPermitted("consent_not_given", "You gave your password too long ago. Give it once more.")
        return evidence
    if request.POST.get("by_sign_in"):
        evidence = recent_strong_sign_in(request, at)
        if evidence is None:
            raise NotPermitted("consent_not_given", "The code you gave is too long ago. Give a new one.")
        return evidence
    response = request.POST.get("consent", "")
    if not response:
        raise NotPermitted("consent_not_given", "Nothing was confirmed: the passkey did not answer.")
    return take_consent(cast(User, request.user), challenge=challenge, displayed_text=displayed_text, response=response)


def recent_strong_sign_in(request: HttpRequest, at: datetime) -> Evidence | None:
    """The last second factor given in this session, if that was within STRONG_SIGN_IN_SECONDS before ``at``."""
    for record in reversed(get_authentication_records(request, request.user)):
        given_at = datetime.fromtimestamp(record.get("at", 0), UTC)
        if at - given_at > timedelta(seconds=STRONG_SIGN_IN_SECONDS):
            return None
        if record.get("method") == "mfa" and record.get("type") in _STRONG_FACTORS:
            return {"type": "StrongSignIn", "method": str(record["type"]), "signedInAt": rfc3339(given_at)}
    return None


def recent_sandbox_sign_in(request: HttpRequest, at: datetime) -> Evidence | None:
    """The last proof of any kind that she gave in this session, her password say, or signing up or in itself, if that
    was within SANDBOX_SIGN_IN_SECONDS before ``at``: enough for money that is none, and written down as what it is."""
    given = [datetime.fromtimestamp(one.get("at", 0), UTC) for one in get_authentication_records(request, request.user)]
    session = UserSession.objects.filter(session_key=request.session.session_key, user_id=request.user.pk).first()
    given += [session.created_at] if session is not None else []
    latest = max(given, default=None)
    if latest is None or at - latest > timedelta(seconds=SANDBOX_SIGN_IN_SECONDS):
        return None
    return {"type": "StrongSignIn", "method": SANDBOX_SIGN_IN, "signedInAt": rfc3339(latest)}
