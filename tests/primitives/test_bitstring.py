"""Bits in their two orders and envelopes, and what is refused of foreign ones."""

from __future__ import annotations

import base64
import gzip
import zlib

import pytest

from identity.primitives.bitstring import (
    EXPANDED_BYTES_MAX,
    bit_at,
    bits_of,
    decode_bitstring,
    decode_token_list,
    encode_bitstring,
    encode_token_list,
    pairs_of,
    status_at,
)
from identity.primitives.errors import AttornError, InvalidInput
from tests.effort import bounded

SIZE = 131_072
ZEROS = gzip.compress(bytes(SIZE // 8), mtime=0)


def _url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_the_first_index_is_the_highest_bit():
    assert bits_of([0, 9, SIZE - 1], size=SIZE)[:2] == b"\x80\x40"
    assert bits_of([SIZE - 1], size=SIZE)[-1] == 1


def test_two_bit_statuses_begin_at_the_lowest_bit():
    """Token Status List section 4.1, with two bits an entry."""
    assert pairs_of([0, 5], [1, 5], size=8) == bytes([0b00001001, 0b00000100])


def test_it_reads_the_example_of_the_token_status_list_standard():
    """draft-ietf-oauth-status-list, section 4.1: one and two bits an entry, with the bytes printed there."""
    ones = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    packed = decode_token_list("eNrbuRgAAhcBXQ")
    assert packed == bytes([0xB9, 0xA3])
    assert [status_at(packed, index, width=1) for index in range(16)] == ones

    packed = decode_token_list("eNo76fITAAPfAgc")
    assert packed == bytes([0xC9, 0x44, 0xF9])
    twos = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
    assert [status_at(packed, index, width=2) for index in range(12)] == twos


def test_it_reads_an_all_zero_list_of_the_bitstring_standard():
    """Bitstring Status List 1.0, the encodedList of its examples: 16 KiB of zeros."""
    encoded = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
    assert decode_bitstring(encoded) == bytes(SIZE // 8)


def test_it_reads_the_bare_base64url_of_the_older_standard():
    bits = bits_of([7, 100], size=SIZE)
    assert decode_bitstring(_url(gzip.compress(bits))) == bits


def test_the_same_bits_give_the_same_text_at_any_time():
    bits = bits_of(range(0, SIZE, 97), size=SIZE)
    assert encode_bitstring(bits) == encode_bitstring(bits)
    assert encode_bitstring(bits).startswith("uH4sI")


@pytest.mark.parametrize("index", [-1, SIZE])
def test_an_index_outside_the_list_is_refused(index):
    with pytest.raises(InvalidInput) as refused:
        bit_at(bytes(SIZE // 8), index)
    assert refused.value.code == "status_index_out_of_range"
    with pytest.raises(InvalidInput):
        status_at(bytes(SIZE // 8), index, width=1)


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "u",
        "uAAAA",
        "zH4sIAAAA",
        "uH4sI",
        "u" + _url(ZEROS)[:-20],
        "u" + _url(ZEROS + b"more"),
        "u" + _url(zlib.compress(bytes(SIZE // 8))),
        "u" + _url(ZEROS).replace("A", "\n", 1),
        "uÄÖ",
    ],
)
def test_what_is_no_list_is_refused(encoded):
    with pytest.raises(InvalidInput) as refused:
        decode_bitstring(encoded)
    assert refused.value.code == "malformed_status_list"


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["bitstring", "token"])
def test_a_bomb_ends_at_the_cap(pack):
    """A gibibyte in a megabyte of text: refused in the steps and memory of the cap, not of the gibibyte."""
    decode = decode_bitstring if pack is gzip.compress else decode_token_list
    bomb = _url(pack(bytes(1 << 30), 9))

    with bounded(calls=1_000, mebibytes=4 * EXPANDED_BYTES_MAX // 1024**2), pytest.raises(AttornError) as refused:
        decode(bomb)

    assert refused.value.code == "status_list_too_large"


def test_the_cap_itself_is_read():
    assert len(decode_bitstring(encode_bitstring(bytes(EXPANDED_BYTES_MAX)))) == EXPANDED_BYTES_MAX
    assert decode_token_list(encode_token_list(bytes(8)), bytes_max=8) == bytes(8)
