"""Looking into tokens as a receiver does, without the library."""

from __future__ import annotations

from typing import Any

from identity.credentials.jws import parse_jws, signature_holds
from identity.credentials.models import IssuerKey
from identity.primitives.multikey import PublicKey
from registry.push.models import StatusEvent


def claims_of(event: StatusEvent) -> dict[str, Any]:
    """The claims of a token that the registry's key signed."""
    jws = parse_jws(event.token)
    assert jws.header["typ"] == "secevent+jwt"
    key = IssuerKey.objects.get(fragment=jws.header["kid"].partition("#")[2])
    assert signature_holds(jws, public_key=PublicKey.from_multikey(key.multikey))
    return jws.payload


def event_of(event: StatusEvent) -> dict[str, Any]:
    ((_, said),) = claims_of(event)["events"].items()
    return said
