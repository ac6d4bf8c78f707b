"""Security Event Tokens (RFC 8417): what is signed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.conf import settings

from identity.credentials.jws import sign_jws
from identity.primitives.signing import Signer
from registry.push.event_types import VERIFICATION, event_uri

TOKEN_TYPE: Final = "secevent+jwt"  # noqa: S105  the ``typ`` of a JWT, no secret


def status_event_token(
    *,
    jti: str,
    audience: str,
    txn: str,
    subject: dict[str, Any],
    event_type: str,
    claims: dict[str, Any],
    happened_at: datetime,
    at: datetime,
    signer: Signer,
) -> str:
    """One signed event. It has no ``exp``: what happened does not stop having happened (RFC 8417 section 2.2)."""
    event = {"event_timestamp": int(happened_at.timestamp()), **claims}
    payload = {
        "iss": settings.PUBLIC_URL,
        "jti": jti,
        "iat": int(at.timestamp()),
        "aud": audience,
        "txn": txn,
        "sub_id": subject,
        "events": {event_uri(event_type): event},
    }
    return sign_jws({"kid": signer.verification_method, "typ": TOKEN_TYPE}, payload, signer=signer)


def verification_token(*, jti: str, audience: str, stream: str, last_seq: int, at: datetime, signer: Signer) -> str:
    """A sign of life (Shared Signals Framework 1.0, verification). It has no number of its own: ``seq`` is that of the
    last event, so that a receiver that missed just that one notices."""
    claims = {"state": jti, "seq": last_seq}
    subject = {"format": "opaque", "id": stream}
    return status_event_token(
        jti=jti,
        audience=audience,
        txn=jti,
        subject=subject,
        event_type=VERIFICATION,
        claims=claims,
        happened_at=at,
        at=at,
        signer=signer,
    )
