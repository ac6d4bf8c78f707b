"""Asking again for what may not have changed, and how long an answer may be kept."""

from __future__ import annotations

import pytest

from identity.credentials.dns import Unreachable
from identity.credentials.fetch import BYTES_MAX, STATUS_LIST_BYTES_MAX, fetch
from tests.servers import says, web


def test_it_hands_out_the_validators_and_sends_them_back() -> None:
    headers = b'ETag: "v7"\r\nLast-Modified: Sat, 21 Nov 2026 09:00:00 GMT\r\n'
    headers += b"Cache-Control: public, max-age=300\r\nAge: 20\r\n"
    with web(says(b"list", headers=headers)) as server:
        url, allow = f"http://{server.address}/list", [server.address]
        first = fetch(url, allow=allow, accept="application/vc")
        fetch(url, allow=allow, etag=first.etag, last_modified=first.last_modified)
    assert (first.etag, first.last_modified, first.max_age) == ('"v7"', "Sat, 21 Nov 2026 09:00:00 GMT", 280)
    assert b"\r\nAccept: application/vc\r\n" in server.requests[0]
    assert b"If-None-Match" not in server.requests[0]
    assert b'\r\nIf-None-Match: "v7"\r\n' in server.requests[1]
    assert b"\r\nIf-Modified-Since: Sat, 21 Nov 2026 09:00:00 GMT\r\n" in server.requests[1]


def test_it_returns_not_modified_as_it_is() -> None:
    with web(says(b"", status="304 Not Modified")) as server:
        fetched = fetch(f"http://{server.address}/", allow=[server.address], etag='"v7"')
    assert (fetched.status, fetched.body) == (304, b"")


@pytest.mark.parametrize("tag", ['"v1"\r\nX-Admin: 1', '"v1"\n', '"é"', "x" * 257])
def test_it_never_sends_back_a_validator_that_is_no_plain_text(tag: str) -> None:
    """Attack: a tag that carries a second header, or a second request, into our next question."""
    with web(says(b"")) as server:
        fetch(f"http://{server.address}/", allow=[server.address], etag=tag, last_modified=tag)
    assert b"If-" not in server.requests[0]
    assert b"X-Admin" not in server.requests[0]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (b"", None),
        (b"Cache-Control: private\r\n", None),
        (b"Cache-Control: no-store\r\n", 0),
        (b"Cache-Control: max-age=60, no-cache\r\n", 0),
        (b'Cache-Control: Max-Age="60"\r\n', 60),
        (b"Cache-Control: max-age=60\r\nAge: 90\r\n", 0),
        (b"Cache-Control: max-age=9999999999\r\n", 365 * 86_400),
        (b"Cache-Control: max-age=-1\r\n", None),
    ],
)
def test_it_reads_how_long_an_answer_may_be_kept(header: bytes, seconds: int | None) -> None:
    with web(says(b"", headers=header)) as server:
        assert fetch(f"http://{server.address}/", allow=[server.address]).max_age == seconds


def test_it_reads_a_status_list_of_one_mebibyte_and_not_a_byte_more() -> None:
    """Attack: an endless list. Whoever asks for a list may read 1 MiB, everybody else 64 KiB."""
    for bytes_max in (BYTES_MAX, STATUS_LIST_BYTES_MAX):
        with web(says(b"x" * (bytes_max + 1))) as server, pytest.raises(Unreachable, match="more than"):
            fetch(f"http://{server.address}/", allow=[server.address], bytes_max=bytes_max)
    with web(says(b"x" * STATUS_LIST_BYTES_MAX)) as server:
        fetched = fetch(f"http://{server.address}/", allow=[server.address], bytes_max=STATUS_LIST_BYTES_MAX)
    assert len(fetched.body) == STATUS_LIST_BYTES_MAX
