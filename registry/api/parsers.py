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
    """One JSON value of at most 64 KiB (or the view's ``body_bytes_max``) and 32 levels, valid UTF-8, no member named
    twice, no NaN.

    Stops memory exhaustion by a large or deep body, and the smuggling of a second meaning in a duplicate key.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        bytes_max = int(getattr((parser_context or {}).get("view"), "body_bytes_max", BODY_BYTES_MAX))
        body = stream.read(bytes_max + 1)
        if len(body) > bytes_max:
            raise TooLarge("body_too_large", f"The body has more than {bytes_max} bytes.")
        return parse_json(body, bytes_max=bytes_max, depth_max=JSON_DEPTH_MAX)
