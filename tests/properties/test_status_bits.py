"""Whatever is put into a list is read from it, and nothing else; whatever text is decoded, it ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from identity.primitives.bitstring import (
    bit_at,
    bits_of,
    decode_bitstring,
    decode_token_list,
    encode_bitstring,
    encode_token_list,
    pairs_of,
    status_at,
)
from identity.primitives.errors import AttornError

SIZE = 1_024
indexes = st.sets(st.integers(0, SIZE - 1))


@given(indexes)
def test_exactly_the_set_bits_are_read(chosen):
    bits = decode_bitstring(encode_bitstring(bits_of(chosen, size=SIZE)))
    assert {index for index in range(SIZE) if bit_at(bits, index)} == chosen


@given(indexes, indexes)
def test_a_revocation_outweighs_a_suspension(revoked, suspended):
    packed = decode_token_list(encode_token_list(pairs_of(revoked, suspended, size=SIZE)))
    for index in range(SIZE):
        expected = 1 if index in revoked else 2 if index in suspended else 0
        assert status_at(packed, index, width=2) == expected


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda data: data.hex()))
def test_any_text_is_read_or_refused(text):
    for decode in (decode_bitstring, decode_token_list):
        try:
            decode(text)
        except AttornError:
            continue
