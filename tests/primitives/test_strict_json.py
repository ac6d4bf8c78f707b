"""Strict JSON in: one document, one meaning."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.primitives.canonical import BODY_BYTES_MAX, INTEGER_MAX, JSON_DEPTH_MAX, parse_json
from identity.primitives.errors import AttornError, InvalidInput

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-INTEGER_MAX, INTEGER_MAX)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(text, inner, max_size=5),
    max_leaves=20,
)


def refusal(data: bytes, **limits: int) -> str:
    with pytest.raises(AttornError) as caught:
        parse_json(data, **limits)
    return caught.value.code


@given(documents)
def test_it_reads_what_json_writes(document: Any) -> None:
    assert parse_json(json.dumps(document).encode()) == document
    assert parse_json(json.dumps(document, ensure_ascii=False).encode()) == document


@given(st.binary(max_size=200))
def test_it_answers_any_bytes_with_a_value_or_a_refusal(data: bytes) -> None:
    with contextlib.suppress(InvalidInput):
        parse_json(data)


def test_it_refuses_a_name_that_stands_twice() -> None:
    assert refusal(b'{"a": 1, "b": {"cap": 1, "cap": 2}}') == "duplicate_key"
    assert refusal(b'{"a": 1, "\\u0061": 2}') == "duplicate_key"


def test_it_names_the_name_that_stands_twice() -> None:
    with pytest.raises(InvalidInput, match='"cap"'):
        parse_json(b'{"x": 1, "cap": 1, "cap": 2}')


def test_it_reads_up_to_the_depth_limit_and_no_deeper() -> None:
    deep = b"[" * JSON_DEPTH_MAX + b"]" * JSON_DEPTH_MAX
    assert parse_json(deep) is not None
    assert refusal(b"[" + deep + b"]") == "json_too_deep"
    assert refusal(b'{"a":' + deep + b"}") == "json_too_deep"
    assert refusal(b"[1, {}]", depth_max=1) == "json_too_deep"


def test_it_refuses_nesting_that_would_exhaust_the_stack() -> None:
    assert refusal(b"[" * BODY_BYTES_MAX) == "json_too_deep"
    assert refusal(b'{"a":' * 10_000 + b"1" + b"}" * 10_000) == "json_too_deep"


def test_it_reads_up_to_the_size_limit_and_no_further() -> None:
    body = b'"' + b"a" * (BODY_BYTES_MAX - 2) + b'"'
    assert parse_json(body)
    assert refusal(body + b" ") == "body_too_large"
    assert refusal(b"[1,2]", bytes_max=4) == "body_too_large"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b"[1,]",
        b"1 2",
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"[1e999]",
        b"9007199254740992",
        b"-9007199254740992",
        b"1" * 5000,
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        '{"a": "ü"}'.encode("latin-1"),
        '{"a": 1}'.encode("utf-16"),
        b'"\\ud800"',
        b'{"\\udc00": 1}',
        b'"\\u0000"',
        b'["a\\u0000b"]',
        b'"a\nb"',
    ],
)
def test_it_refuses_what_is_not_json(data: bytes) -> None:
    assert refusal(data) == "malformed_json"


def test_it_reads_surrogate_pairs_as_the_character_they_spell() -> None:
    assert parse_json(b'"\\ud83d\\ude00"') == "\U0001f600"


def compact(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


numbers = st.sampled_from(["-0", "-0.0", "1.0", "1e2", "1E2", "1e16", "1e21", "1.5e-7", "5e-324", "0.1", "100e-2"])
members = st.tuples(st.sampled_from(["a", "b", "ab"]), numbers | st.sampled_from(["{}", "[]", '"a"', "null"]))


def seen_strictly(data: bytes) -> str:
    """What the way of documents that are not written as ours makes of ``data``: a space more, and it is such a one."""
    try:
        return repr(parse_json(data + b" "))
    except InvalidInput as error:
        return error.code


@given(documents)
def test_it_reads_what_is_written_without_spaces_as_the_rest(document: Any) -> None:
    data = compact(document)
    assert repr(parse_json(data)) == seen_strictly(data) == repr(json.loads(data))


@given(st.lists(members, max_size=4))
def test_a_document_means_the_same_with_a_space_more(given_members: list[tuple[str, str]]) -> None:
    """Attack: a name twice, or a number with two spellings, in the form that is read fastest."""
    data = ("{" + ",".join(f'"{name}":{value}' for name, value in given_members) + "}").encode()
    try:
        seen = repr(parse_json(data))
    except InvalidInput as error:
        seen = error.code
    assert seen == seen_strictly(data)


def test_it_refuses_in_the_fastest_form_what_it_refuses_in_any() -> None:
    assert refusal(b'{"a":1,"a":1}') == refusal(b'[{"b":{"a":1,"c":2,"a":3}}]') == "duplicate_key"
    for data in (b'{"a":9007199254740992}', b"[1e999]", b'["\x00"]', b'["\xed\xa0\x80"]', b'{"a":NaN}'):
        assert refusal(data) == "malformed_json"
