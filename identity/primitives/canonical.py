"""JSON in one form only: canonical out (RFC 8785, JCS), strict in (RFC 8259 narrowed as in I-JSON, RFC 7493).

What is signed is the canonical form, so two readers of one document must never see two different documents:
duplicate names, numbers beyond 2**53 - 1, lone surrogates and NaN are refused before anything is believed.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, NoReturn

import orjson
import rfc8785

from identity.primitives.errors import InvalidInput, TooLarge

BODY_BYTES_MAX = 65_536
JSON_DEPTH_MAX = 32
INTEGER_MAX = 2**53 - 1

_PLAIN = frozenset({str, int, bool, type(None)})
_ORJSON_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


def canonicalize(value: Any) -> bytes:
    """The RFC 8785 form of ``value``, UTF-8. InvalidInput ``malformed_json`` when it has none (NaN, 2**53, a date).

    Documents without floats and with ASCII names, nearly all of ours, take orjson: for those it writes the very
    same bytes some fifty times faster. RFC 8785 sorts names by UTF-16 units and prints floats as ECMAScript does,
    where orjson differs; such documents go to the reference library.
    """
    try:
        return orjson.dumps(value, option=_ORJSON_OPTIONS) if _has_plain_form(value) else rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, orjson.JSONEncodeError, UnicodeError, RecursionError) as error:
        raise InvalidInput("malformed_json", f"This document has no canonical JSON form: {error}") from error


def _has_plain_form(value: Any) -> bool:
    waiting: list[Collection[Any]] = [[value]]
    while waiting:
        items = waiting.pop()
        if _PLAIN.issuperset(map(type, items)):
            continue
        for item in items:
            kind = type(item)
            if kind is dict:
                if not _has_plain_names(item):
                    return False
                waiting.append(item.values())
            elif kind is list:
                waiting.append(item)
            elif kind not in _PLAIN:
                return False
    return True


def _has_plain_names(item: dict[Any, Any]) -> bool:
    try:
        return "".join(item).isascii()
    except TypeError:  # a name that is no text
        return False


def parse_json(data: bytes, *, bytes_max: int = BODY_BYTES_MAX, depth_max: int = JSON_DEPTH_MAX) -> Any:
    """The value ``data`` spells, or a refusal; ``bytes_max`` in bytes, ``depth_max`` in nested lists and objects.

    Raises TooLarge ``body_too_large``; InvalidInput ``malformed_json``, ``duplicate_key``, ``json_too_deep``.
    Stops parser differentials (a proxy that reads the first of two equal names while we read the last), stack
    exhaustion by nesting, and text that PostgreSQL cannot hold (U+0000, lone surrogates).
    """
    if len(data) > bytes_max:
        raise TooLarge("body_too_large", f"The body has {len(data)} bytes; at most {bytes_max} are read.")
    plain = _parse_plain(data, depth_max)
    if plain is not None:
        return plain
    try:
        value = _DECODER.decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidInput("malformed_json", f"The body is not UTF-8: byte {error.start} does not fit.") from error
    except RecursionError as error:
        raise _too_deep(depth_max) from error
    except ValueError as error:
        raise InvalidInput("malformed_json", f"The body is not JSON: {error}.") from error
    _check_depth(value, depth_max)
    if b"\\u" in data or b"\x00" in data:
        _check_text(value)
    return value


def _parse_plain(data: bytes, depth_max: int) -> Any:
    """The value of a document that is written as we write, at a third of the cost; None for any other, good or bad.

    orjson takes the last of two equal names. But what comes out the same when it is written again, byte by byte, has no
    name twice, no number beyond 2**53 - 1 and nothing that another reader could read otherwise.
    """
    if b"\\" in data or data.count(b"{") + data.count(b"[") > depth_max:
        return None
    try:
        value = orjson.loads(data)
        return value if orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER) == data else None
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise InvalidInput("duplicate_key", f"The name {json.dumps(twice)} stands twice in one object.")
    return result


def _integer(text: str) -> int:
    number = int(text) if len(text) <= 17 else INTEGER_MAX + 1
    if abs(number) > INTEGER_MAX:
        raise ValueError("a number is beyond 2**53 - 1, which not every reader holds exactly; send it as text")
    return number


def _float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number is beyond what a double holds")
    return number


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a JSON value")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_no_constant
)


def _check_depth(value: Any, depth_max: int) -> None:
    layer = [value]
    for _ in range(depth_max + 1):
        layer = [item for item in layer if type(item) is dict or type(item) is list]
        if not layer:
            return
        layer = [inner for item in layer for inner in (item.values() if type(item) is dict else item)]
    raise _too_deep(depth_max)


def _too_deep(depth_max: int) -> InvalidInput:
    return InvalidInput("json_too_deep", f"The body nests deeper than {depth_max} levels.")


def _check_text(value: Any) -> None:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if type(item) is str:
            if "\x00" in item or any("\ud800" <= character <= "\udfff" for character in item):
                raise InvalidInput("malformed_json", "A text holds U+0000 or half a surrogate pair; neither is text.")
        elif type(item) is dict:
            waiting.extend(item)
            waiting.extend(item.values())
        elif type(item) is list:
            waiting.extend(item)
