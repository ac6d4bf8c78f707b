"""A registry that lies, fails or attacks: one sentence, the right exit code, and nothing given away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from registry.cli import client
from registry.cli.exits import Exit
from tests.cli.conftest import Attorn

Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts a server that gives one answer to everything; ``serve.seen`` has the headers that arrived."""
    servers: list[HTTPServer] = []

    def start(body: bytes = b"{}", *, status: int = 200, seen: list[Any] | None = None, **headers: str) -> str:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if seen is not None:
                    seen.append(dict(self.headers))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Answer)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"\xff", b'{"a":1,"a":2}', b"[" * 9000])
def test_it_says_that_this_is_no_registry(attorn: Attorn, serve: Serve, body: bytes) -> None:
    ran = attorn("resolve", "a.acme", "--registry", serve(body))
    assert ran.exit_code == Exit.NETWORK
    assert "cannot be read as a registry's" in ran.err


@pytest.mark.parametrize(
    "body", [b"{}", b'{"identity": 5, "standing": [], "evidence": "x", "proof": 1, "rcode": null}']
)
def test_it_does_not_stumble_over_an_answer_of_another_shape(attorn: Attorn, serve: Serve, body: bytes) -> None:
    url = serve(body)
    assert attorn("resolve", "a.acme", "--registry", url).exit_code == 0
    assert attorn("resolve", "a.acme", "--verify", "--registry", url).exit_code == Exit.NOT_VERIFIED
    assert attorn("search", "x", "--registry", url).exit_code == Exit.NO


def test_it_prints_no_control_characters_of_a_stranger(attorn: Attorn, serve: Serve) -> None:
    body = b'{"query":"a.acme","identity":{"did":"did:x:y","display_name":"\\u001b[2J\\u202eevil\\nlie"}}'
    ran = attorn("resolve", "a.acme", "--registry", serve(body))
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out
    assert "evil\N{REPLACEMENT CHARACTER}lie" in ran.out


def test_it_follows_no_redirect_and_sends_no_key_along(
    attorn: Attorn, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    elsewhere = serve(seen=seen)
    monkeypatch.setenv("ATTORN_KEY", "atn_secret")
    ran = attorn("whoami", "--registry", serve(status=302, Location=elsewhere))
    assert ran.exit_code == Exit.NETWORK
    assert "redirects to" in ran.err
    assert seen == []


def test_it_sends_no_service_key_with_a_public_question(
    attorn: Attorn, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    monkeypatch.setenv("ATTORN_KEY", "atn_secret")
    attorn("resolve", "a.acme", "--registry", serve(seen=seen))
    assert seen
    assert "Authorization" not in seen[0]


def test_it_sends_no_service_key_over_plain_http(attorn: Attorn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTORN_KEY", "atn_secret")
    ran = attorn("whoami", "--registry", "http://registry.example")
    assert ran.exit_code == Exit.USAGE
    assert "plain http" in ran.err


def test_it_refuses_a_certificate_it_cannot_check(attorn: Attorn, serve: Serve) -> None:
    ran = attorn("resolve", "a.acme", "--registry", serve().replace("http://", "https://"), "--timeout", "3")
    assert ran.exit_code == Exit.NETWORK
    assert "could not prove who it is" in ran.err


def test_it_stops_reading_an_endless_answer(attorn: Attorn, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "RESPONSE_BYTES_MAX", 1000)
    ran = attorn("resolve", "a.acme", "--registry", serve(b" " * 5000))
    assert ran.exit_code == Exit.NETWORK
    assert "more than 1000 bytes" in ran.err


def test_it_reads_a_problem_document_as_one_sentence(attorn: Attorn, serve: Serve) -> None:
    body = b'{"detail": "Come back later.", "code": "too_many_requests", "errors": [{"field": "q", "detail": "no"}]}'
    ran = attorn("search", "x", "--registry", serve(body, status=429, Content_Type="application/problem+json"))
    assert ran.exit_code == Exit.REFUSED
    assert ran.err == "attorn: Come back later. q: no [too_many_requests]\n"


def test_it_calls_a_failing_registry_a_network_matter(attorn: Attorn, serve: Serve) -> None:
    assert attorn("resolve", "a.acme", "--registry", serve(status=503)).exit_code == Exit.NETWORK


@pytest.mark.parametrize("url", ["ftp://a", "localhost:8000", "https://user@a", "https://a?x=1", "https://"])
def test_it_says_what_an_address_looks_like(attorn: Attorn, url: str) -> None:
    ran = attorn("resolve", "a.acme", "--registry", url)
    assert ran.exit_code == Exit.USAGE
    assert "not the address of a registry" in ran.err
