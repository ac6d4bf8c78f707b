"""Our lists as IETF Token Status Lists: a signed JWT of type ``statuslist+jwt`` (draft-ietf-oauth-status-list, 5.1)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from identity.agents.addresses import registry_did
from identity.credentials.jws import sign_jws
from identity.credentials.models import StatusListForm, status_list_url
from identity.primitives.signing import Signer

TOKEN_TYPE = "statuslist+jwt"  # noqa: S105  the ``typ`` of a JWT, no secret
# Two bits an entry (section 7.1): 0 valid, 1 invalid, 2 suspended.
STATUS_BITS = 2


def status_list_token(
    number: int, form: StatusListForm, encoded: str, *, signer: Signer, valid_from: datetime, valid_until: datetime
) -> bytes:
    """The signed JWT of one list, as the bytes to serve."""
    claims = {
        "iss": registry_did(),
        "sub": status_list_url(number, form),
        "iat": int(valid_from.timestamp()),
        "exp": int(valid_until.timestamp()),
        "ttl": settings.STATUS_LIST_TTL_SECONDS,
        "status_list": {"bits": STATUS_BITS, "lst": encoded},
    }
    return sign_jws({"kid": signer.verification_method, "typ": TOKEN_TYPE}, claims, signer=signer).encode()
