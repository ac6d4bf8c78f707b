"""Status lists: the bits we pack are read by the public libraries, and the bits they pack are read here."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

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
from tests.interop.npm_side import Npm

SIZE = 131_072
REVOKED = [0, 7, 8, 4_711, SIZE - 1]
ASKED = [0, 1, 6, 7, 8, 9, 4_710, 4_711, SIZE - 2, SIZE - 1]


def test_the_npm_library_reads_the_bitstring_we_write(npm: Npm) -> None:
    answer = npm.ask("read_bitstring", encodedList=encode_bitstring(bits_of(REVOKED, size=SIZE)), indexes=ASKED)
    assert answer == {"length": SIZE, "bits": [index in REVOKED for index in ASKED]}


def test_we_read_the_bitstring_the_npm_library_writes(npm: Npm) -> None:
    encoded = npm.ask("make_bitstring", length=SIZE, set=REVOKED)["encodedList"]
    bits = decode_bitstring(encoded)
    assert len(bits) * 8 == SIZE
    assert [bit_at(bits, index) for index in ASKED] == [index in REVOKED for index in ASKED]


def test_the_npm_library_reads_the_token_list_we_write(npm: Npm) -> None:
    packed = encode_token_list(pairs_of([1, 9], [2], size=64))
    claims: dict[str, Any] = {"sub": "https://x.example/1", "iat": 1, "status_list": {"bits": 2, "lst": packed}}
    token = jwt.encode(claims, "k" * 32, algorithm="HS256", headers={"typ": "statuslist+jwt"})
    assert npm.ask("read_token_list", token=token, indexes=[0, 1, 2, 3, 9])["bits"] == [0, 1, 2, 0, 1]


def test_we_read_the_token_list_the_npm_library_writes(npm: Npm) -> None:
    made = npm.ask("make_token_list", length=64, set=[5, 8], claims={"iss": "i", "sub": "s", "iat": 1})
    assert made["header"]["typ"] == "statuslist+jwt"
    packed = decode_token_list(made["claims"]["status_list"]["lst"])
    assert [status_at(packed, index, width=1) for index in (0, 4, 5, 8)] == [0, 0, 1, 1]


# Section 4.1 and 4.2 of the IETF's Token Status List draft: its own examples.
@pytest.mark.parametrize(
    ("encoded", "width", "statuses"),
    [
        ("eNrbuRgAAhcBXQ", 1, [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]),
        ("eNo76fITAAPfAgc", 2, [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]),
    ],
)
def test_it_reads_the_examples_of_the_draft(encoded: str, width: int, statuses: list[int]) -> None:
    packed = decode_token_list(encoded)
    assert [status_at(packed, index, width=width) for index in range(len(statuses))] == statuses
