"""One canonical key for every spelling; the short way through is the long way's result."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.primitives.errors import InvalidInput
from registry.directory.names import parse_name
from registry.resolution.keys import canonical_key

LABEL = st.text("abcxyz019-", min_size=1, max_size=8)


@given(st.lists(LABEL, min_size=1, max_size=4).map(".".join))
def test_the_short_way_agrees_with_the_parser(text):
    try:
        expected = parse_name(text).fqn
    except InvalidInput:
        with pytest.raises(InvalidInput):
            canonical_key(text)
    else:
        assert canonical_key(text) == expected


HARD = ["a.b", "xn--a.acme", "a.attorn.test", "a.b.attorn.test", "ab--c.acme", "x" * 64 + ".b"]


@pytest.mark.parametrize("text", HARD)
def test_the_short_way_agrees_where_it_is_hard(text):
    assert _spoken(canonical_key, text) == _spoken(lambda name: parse_name(name).fqn, text)


def _spoken(read, text: str) -> str:
    """What it reads, or why it refuses."""
    try:
        return read(text)
    except InvalidInput as refusal:
        return refusal.detail


@given(st.lists(LABEL, min_size=2, max_size=4).map(".".join))
def test_a_key_is_its_own_key(text):
    try:
        key = canonical_key(text)
    except InvalidInput:
        return
    assert canonical_key(key) == key


@pytest.mark.parametrize(
    ("public_host", "asked", "key"),
    [
        ("localhost:8000", "did:web:localhost:8000:agents:a", "did:web:localhost%3A8000:agents:a"),
        ("attorn.example:8443", "did:web:attorn.example:8443:agents:a", "did:web:attorn.example%3A8443:agents:a"),
        ("attorn.example:8443", "did:web:attorn.example:8443", "did:web:attorn.example%3A8443"),
        ("attorn.example:8443", "did:web:attorn.example:84433:a", "did:web:attorn.example:84433:a"),
        ("attorn.example:8443", "did:web:other.example:8443:a", "did:web:other.example:8443:a"),
        ("attorn.example", "did:web:ATTORN.example:agents:a", "did:web:attorn.example:agents:a"),
    ],
)
def test_a_port_is_read_as_one_for_our_own_host_only(settings, public_host, asked, key):
    settings.PUBLIC_HOST = public_host

    assert canonical_key(asked) == key
