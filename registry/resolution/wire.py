"""An answer as HTTP: the same headers from Django and from the resolver process, and conditional requests."""

from __future__ import annotations

Headers = tuple[tuple[str, str], ...]

CONTENT_TYPE = "application/json"
# Browsers may read answers from any page, and must not guess another type: the bytes are public and signed.
_ALWAYS: Headers = (
    ("Access-Control-Allow-Origin", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("X-Content-Type-Options", "nosniff"),
)


def headers_of(*, etag: str, ttl_seconds: int) -> Headers:
    """The headers of an answer with its body. ``Content-Length`` is the transport's to add."""
    return (*validators_of(etag=etag, ttl_seconds=ttl_seconds), ("Content-Type", CONTENT_TYPE))


def validators_of(*, etag: str, ttl_seconds: int) -> Headers:
    """The headers of a 304 too (RFC 9110 section 15.4.5)."""
    return (("Cache-Control", f"public, max-age={ttl_seconds}"), ("ETag", etag), *_ALWAYS)


def is_not_modified(if_none_match: str, *, etag: str, status: int) -> bool:
    """Whether the client holds these bytes already (RFC 9110 section 13.1.2). Only what would be a 200 is spared."""
    if not if_none_match or status != 200:
        return False
    held = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in held or etag in held
