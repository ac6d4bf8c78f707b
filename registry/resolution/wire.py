"""An answer as HTTP: the same headers from Django and from the resolver process, and conditional requests."""

from __future__ import annotations

from registry.resolution.answer import Served

Headers = tuple[tuple[str, str], ...]

CONTENT_TYPE = "application/json"
# Browsers may read answers from any page, and must not guess another type: the bytes are public and signed.
_ALWAYS: Headers = (("Access-Control-Allow-Origin", "*"), ("X-Content-Type-Options", "nosniff"))


def headers_of(served: Served) -> Headers:
    """The headers of the answer with its body. ``Content-Length`` is the transport's to add."""
    return (("Content-Type", CONTENT_TYPE), *validators_of(served))


def validators_of(served: Served) -> Headers:
    """The headers of a 304 too (RFC 9110 section 15.4.5)."""
    return (("Cache-Control", f"public, max-age={served.ttl_seconds}"), ("ETag", served.etag), *_ALWAYS)


def is_not_modified(if_none_match: str, served: Served) -> bool:
    """Whether the client holds these bytes already (RFC 9110 section 13.1.2). Only what would be a 200 is spared."""
    if not if_none_match or served.status != 200:
        return False
    held = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in held or served.etag in held
