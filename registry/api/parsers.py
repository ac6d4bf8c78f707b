"""The request body: strict JSON, or a problem that says what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from identity.primitives.canonical import parse_json
from identity.primitives.errors import TooLarge

BODY_BYTES_MAX = 65_536
JSON_DEPTH_MAX = 32


class StrictJSONParser(BaseParser):
    """One JSON value of at most 64 KiB and 32 levels, valid UTF-8, no member named twice, no NaN.

    Stops memory exhaustion by a large or deep body, and the smuggling of a second meaning in a duplicate key.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(BODY_BYTES_MAX + 1)
        if len(body) > BODY_BYTES_MAX:
            raise TooLarge("body_too_large", f"The body has more than {BODY_BYTES_MAX} bytes.")
        return parse_json(body, bytes_max=BODY_BYTES_MAX, depth_max=JSON_DEPTH_MAX)
