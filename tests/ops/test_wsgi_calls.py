"""A request that came by ASGI is the framework's as any other: fields, body and answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from registry.ops.wsgi_calls import call, environ_of


def scope(*headers: tuple[bytes, bytes], **more: Any) -> dict[str, Any]:
    return {
        "method": "POST",
        "path": "/v1/é",
        "query_string": b"a=1",
        "http_version": "1.1",
        "scheme": "http",
        "client": ("192.0.2.7", 5),
        "server": ("127.0.0.1", 8054),
        "headers": list(headers),
        **more,
    }


def test_it_names_fields_as_wsgi_does() -> None:
    environ = environ_of(
        scope((b"host", b"x"), (b"content-type", b"application/json"), (b"accept", b"a"), (b"accept", b"b")), b"{}"
    )
    assert (environ["HTTP_HOST"], environ["CONTENT_TYPE"], environ["HTTP_ACCEPT"]) == ("x", "application/json", "a,b")
    assert (environ["CONTENT_LENGTH"], environ["wsgi.input"].read()) == ("2", b"{}")
    assert (environ["REMOTE_ADDR"], environ["QUERY_STRING"], environ["SERVER_PORT"]) == ("192.0.2.7", "a=1", "8054")
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/v1/é"


def test_it_leaves_out_a_field_whose_name_could_be_another_one() -> None:
    environ = environ_of(scope((b"x_forwarded_proto", b"https"), (b"x-forwarded-for", b"198.51.100.1")), b"")
    assert "HTTP_X_FORWARDED_PROTO" not in environ
    assert environ["HTTP_X_FORWARDED_FOR"] == "198.51.100.1"


def test_it_gathers_what_was_written_and_closes_it() -> None:
    closed = []

    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            return iter((b"b", b"c"))

        def close(self) -> None:
            closed.append(True)

    def application(environ: dict[str, Any], start_response: Any) -> Parts:
        start_response("201 Created", [("A", "1")])(b"a")
        return Parts()

    assert call(application, environ_of(scope(), b"")) == (201, [("A", "1")], b"abc")
    assert closed == [True]


def test_it_closes_what_broke_off() -> None:
    closed = []

    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            raise ValueError("broke off")

        def close(self) -> None:
            closed.append(True)

    def application(environ: dict[str, Any], start_response: Any) -> Parts:
        start_response("200 OK", [])
        return Parts()

    with pytest.raises(ValueError, match="broke off"):
        call(application, environ_of(scope(), b""))
    assert closed == [True]
