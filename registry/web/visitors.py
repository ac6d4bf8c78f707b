"""How often one visitor may ask for something that costs us work."""

from __future__ import annotations

import ipaddress
import logging
import time

import redis
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from identity.primitives.errors import TooMany

_WINDOW_SECONDS = 60

logger = logging.getLogger(__name__)


def count_visit(request: HttpRequest, *, to: str, per_minute: int) -> None:
    """Raises TooMany ``too_many_requests`` when this visitor came more than ``per_minute`` times in this minute.

    Protects capacity, nothing else: when the cache does not answer, everybody is let in.
    """
    minute, passed = divmod(int(time.time()), _WINDOW_SECONDS)
    key = f"visits:{to}:{minute}:{_visitor(request)}"
    try:
        cache.add(key, 0, _WINDOW_SECONDS * 2)
        visits = cache.incr(key)
    except (redis.RedisError, ValueError) as error:
        logger.warning("Visits are not counted: the cache does not answer", extra={"error": type(error).__name__})
        return
    if visits > per_minute:
        wait = _WINDOW_SECONDS - passed
        raise TooMany("too_many_requests", f"Wait {wait} seconds.", retry_after_seconds=wait)


def visitor_digest(request: HttpRequest, *, of: str) -> str:
    """Tells one visitor from another for one purpose, without keeping where he is: a keyed digest in hex."""
    return salted_hmac(f"visitor:{of}", _visitor(request), algorithm="sha256").hexdigest()


def _visitor(request: HttpRequest) -> str:
    """An IPv4 address, or the /64 of an IPv6 one, which is what one household gets."""
    try:
        address = ipaddress.ip_address(str(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return "unknown"
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)
