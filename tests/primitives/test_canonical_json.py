"""Canonical JSON out: RFC 8785, by its own data and against its reference library."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from identity.primitives.canonical import INTEGER_MAX, canonicalize
from identity.primitives.errors import InvalidInput

JCS = Path(__file__).parent.parent / "vectors" / "jcs"

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-INTEGER_MAX, INTEGER_MAX)
    | st.floats(allow_nan=False, allow_infinity=False)
)
documents = st.recursive(
    scalars | text, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(text, inner, max_size=5), max_leaves=20
)


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_it_writes_the_official_form(name: str) -> None:
    document = json.loads((JCS / f"{name}.input.json").read_bytes())
    assert canonicalize(document) == (JCS / f"{name}.output.json").read_bytes()


@given(documents)
def test_it_writes_the_same_bytes_as_the_reference_library(document: Any) -> None:
    assert canonicalize(document) == rfc8785.dumps(document)


def test_it_sorts_names_by_utf_16_units() -> None:
    assert canonicalize({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


@given(documents)
def test_it_is_read_back_as_the_same_document(document: Any) -> None:
    assert json.loads(canonicalize(document), parse_int=float) == json.loads(json.dumps(document), parse_int=float)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 2**53, -(2**53), date(2026, 1, 1), {1: 2}, b"bytes", "\ud800", [{"a": {1, 2}}]],
    ids=repr,
)
def test_it_refuses_what_has_no_canonical_form(value: object) -> None:
    for document in (value, {"member": value}, [value, 1.5]):
        with pytest.raises(InvalidInput) as caught:
            canonicalize(document)
        assert caught.value.code == "malformed_json"
