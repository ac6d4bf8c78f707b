"""What may be answered without a parser: only what no two readers could understand differently."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.resolution.plain_request import KnownBlocks, read_fields, target_of

REQUEST = (
    b"GET /v1/resolve/concierge.acme HTTP/1.1\r\nHost: localhost:8053\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n"
)


def test_a_common_request_is_plain():
    target, block = target_of(REQUEST)

    assert target == b"/v1/resolve/concierge.acme"
    assert read_fields(block) == b""


def test_a_condition_is_read():
    assert read_fields(b'Host: a\r\nIf-None-Match: "x", W/"y"\r\n\r\n') == b'"x", W/"y"'


@pytest.mark.parametrize(
    "block",
    [
        b"\r\n",
        b"Host: a\r\n",
        b"Accept: */*\r\n\r\n",
        b"Host: a\r\nHost: a\r\n\r\n",
        b"Host: a\r\nContent-Length: 0\r\n\r\n",
        b"Host: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"Host: a\r\nAuthorization: Bearer x\r\n\r\n",
        b"Host: a\r\nRange: bytes=0-1\r\n\r\n",
        b"Host: a\r\nExpect: 100-continue\r\n\r\n",
        b"Host: a\r\nConnection: close\r\n\r\n",
        b"Host: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        b"Host: a\r\nX-Unknown: 1\r\n\r\n",
        b"Host: a\r\n Accept: folded\r\n\r\n",
        b"Host : a\r\n\r\n",
        b"Host: a\nAccept: b\r\n\r\n",
        b"Host: a\rAccept: b\r\n\r\n",
        b"Host: a\x00\r\n\r\n",
        b"Host: a b\r\n\r\n",
        b"Host: \r\n\r\n",
        b"Host: a\r\nAccept: caf\xc3\xa9\r\n\r\n",
        b"Host: a\r\nAccept: " + b"x" * 3_000 + b"\r\n\r\n",
    ],
)
def test_a_block_that_could_be_read_otherwise_is_not_plain(block):
    assert read_fields(block) is None


@pytest.mark.parametrize(
    "request_line",
    [
        b"POST /v1/resolve/a.b HTTP/1.1",
        b"GET /v1/resolve/a.b HTTP/1.0",
        b"GET /v1/resolve/a.b?x=1 HTTP/1.1",
        b"GET /v1/resolve/a.b#x HTTP/1.1",
        b"GET /v1/resolve/ HTTP/1.1",
        b"GET /v1/resolve HTTP/1.1",
        b"GET http://localhost/v1/resolve/a.b HTTP/1.1",
        b"GET  /v1/resolve/a.b HTTP/1.1",
        b"GET /v1/resolve/a b HTTP/1.1",
        b"get /v1/resolve/a.b HTTP/1.1",
        b"GET /v1/resolve/\xc3\xa9 HTTP/1.1",
    ],
)
def test_a_line_that_is_not_a_plain_question_is_not_plain(request_line):
    assert target_of(request_line + b"\r\nHost: a\r\n\r\n") is None


@given(st.binary(max_size=60), st.integers(0, len(REQUEST)))
def test_nothing_slipped_in_makes_a_second_request(junk, place):
    """Whatever is put anywhere into a plain request, it is refused or is still exactly one request."""
    data = REQUEST[:place] + junk + REQUEST[place:]
    end = data.find(b"\r\n\r\n") + 4
    found = target_of(data[:end])
    if found is None or read_fields(found[1]) is None:
        return
    assert data[:end].count(b"\r\n\r\n") == 1
    assert b"\n" not in found[1].replace(b"\r\n", b"")


def test_known_blocks_are_bounded():
    known = KnownBlocks()
    for number in range(KnownBlocks.COUNT_MAX + 10):
        assert known.read(b"Host: h%d\r\n\r\n" % number) == b""

    assert len(known.blocks) <= KnownBlocks.COUNT_MAX
