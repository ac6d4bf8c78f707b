"""Cursor pages: ``{"items": […], "next_cursor": …}``, keyset by id, never by OFFSET.

A page in the middle of a large table costs what the first costs, and rows that arrive meanwhile shift nothing.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from django.conf import settings
from django.db.models import Model, QuerySet
from rest_framework import serializers

from identity.primitives.errors import InvalidInput

PAGE_SIZE_DEFAULT: Final = 25
PAGE_SIZE_MAX: Final = 100
_TAG_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Any]
    next_cursor: str | None


def read_page(rows: QuerySet[Any], *, query: Mapping[str, Any], key: str = "id") -> Page:
    """The page after ``query['cursor']`` of at most ``query['limit']`` rows, in the order of ``key`` (unique)."""
    limit = page_size(query.get("limit"))
    after = query.get("cursor")
    if after is not None:
        rows = rows.filter(**{f"{key}__gt": decode_cursor(after)})
    found: list[Model] = list(rows.order_by(key)[: limit + 1])
    more = len(found) > limit
    items = found[:limit]
    return Page(items=items, next_cursor=encode_cursor(str(getattr(items[-1], key))) if more else None)


def page_size(text: str | None) -> int:
    """``limit`` as a number from 1 to 100; InvalidInput ``invalid_input`` otherwise."""
    if text is None:
        return PAGE_SIZE_DEFAULT
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= PAGE_SIZE_MAX):
        raise InvalidInput("invalid_input", f"limit is a number from 1 to {PAGE_SIZE_MAX}.", field="limit")
    return int(text)


def encode_cursor(key: str) -> str:
    """An opaque cursor. Its tag makes a hand-made one fail loudly instead of paging through the wrong order."""
    payload = key.encode()
    return base64.urlsafe_b64encode(_tag(payload) + payload).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> str:
    """The key inside; InvalidInput ``invalid_cursor`` when it was changed or is another instance's."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        tag, payload = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
        if hmac.compare_digest(tag, _tag(payload)) and encode_cursor(payload.decode()) == cursor:  # one spelling
            return payload.decode()
    except (binascii.Error, ValueError):
        pass
    raise InvalidInput("invalid_cursor", "This cursor was not given by this registry.", field="cursor")


def _tag(payload: bytes) -> bytes:
    return hmac.new(b"cursor:" + settings.SECRET_KEY.encode(), payload, sha256).digest()[:_TAG_BYTES]


def page_of(item: type[serializers.BaseSerializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The wire shape of a page of ``item``, for ``describe(answers=…)``."""
    name = f"{item.__name__.removesuffix('Out')}Page"
    return type(
        name,
        (serializers.Serializer,),
        {
            "items": item(many=True),
            "next_cursor": serializers.CharField(allow_null=True),
            "is_page": True,
            "__doc__": f"One page of {item.__name__.removesuffix('Out')}; `next_cursor` is null on the last.",
        },
    )
