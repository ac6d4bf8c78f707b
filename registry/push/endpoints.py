"""Which endpoints the registry will send to, as far as their text says."""

from __future__ import annotations

from urllib.parse import urlsplit

from identity.credentials.addresses import is_public, parse_address
from identity.credentials.dns import Unreachable
from identity.credentials.fetch import HTTPS_PORT, Target, allowed_addresses, target_of
from identity.primitives.errors import InvalidInput
from registry.push.limits import ENDPOINT_LENGTH_MAX


def checked_endpoint(url: str) -> str:
    """``url`` as it will be called. InvalidInput ``endpoint_refused`` with what is wrong.

    Stops a subscription from making the registry call into its own network (SSRF): https on port 443 only, and no
    literal address that is not public. Where a host's name leads is looked at before each delivery, not here: it may
    change in between.
    """
    if len(url) > ENDPOINT_LENGTH_MAX:
        raise _refused(f"it has more than {ENDPOINT_LENGTH_MAX} characters")
    try:
        target = target_of(url)
    except Unreachable as error:
        raise _refused(str(error)) from error
    if urlsplit(url).fragment:
        raise _refused("it has a fragment")
    if f"{target.host}:{target.port}" in allowed_addresses():
        return url
    if target.scheme != "https" or target.port != HTTPS_PORT:
        raise _refused("only https on port 443 is called")
    _refuse_inner_host(target)
    return url


def _refuse_inner_host(target: Target) -> None:
    try:
        address = parse_address(target.host)
    except ValueError:
        if "." not in target.host or target.host.endswith((".localhost", ".local", ".internal")):
            raise _refused("its host is no public name") from None
        return
    if not is_public(address):
        raise _refused("its address is not on the public internet")


def _refused(why: str) -> InvalidInput:
    return InvalidInput("endpoint_refused", f"This endpoint cannot be called: {why}.", field="endpoint")
