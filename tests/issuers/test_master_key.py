"""The master key's own form, and what is sealed under it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from identity.credentials.sealing import parse_master_key, seal, unseal
from identity.primitives.errors import Unavailable

ONE, TWO = bytes(32), bytes([1]) * 32


@pytest.mark.parametrize("text", ["", "short", "not base64 at all!", "AAAA", "A" * 44 + "===="])
def test_it_refuses_a_master_key_of_another_form_without_showing_it(text):
    with pytest.raises(ImproperlyConfigured) as refusal:
        parse_master_key(text)
    assert not text or text not in str(refusal.value)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_it_opens_what_it_sealed_under_any_known_key(plaintext, label):
    sealed = seal(plaintext, master_key=ONE, label=label)
    assert unseal(sealed, master_keys=[TWO, ONE], label=label) == plaintext
    assert seal(plaintext, master_key=ONE, label=label) != sealed


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_it_notices_every_changed_byte(position, change):
    sealed = bytearray(seal(b"private", master_key=ONE, label="key-1"))
    sealed[position % len(sealed)] ^= change
    with pytest.raises(Unavailable):
        unseal(bytes(sealed), master_keys=[ONE], label="key-1")


@pytest.mark.parametrize(("master_key", "label"), [(TWO, "key-1"), (ONE, "key-2")])
def test_it_opens_nothing_with_another_key_or_label(master_key, label):
    sealed = seal(b"private", master_key=ONE, label="key-1")
    with pytest.raises(Unavailable):
        unseal(sealed, master_keys=[master_key], label=label)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x02" + bytes(40), b"\x01" + bytes(12)])
def test_it_opens_nothing_that_is_no_seal(sealed):
    with pytest.raises(Unavailable):
        unseal(sealed, master_keys=[ONE], label="key-1")
