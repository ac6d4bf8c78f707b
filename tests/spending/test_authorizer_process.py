"""A really started authorizer beside Django: the same answers, each effect once, and nothing else on its port."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from identity.accounts.models import ServiceKey
from identity.accounts.service_keys import revoke
from identity.delegation.models import Delegation
from identity.journal.actor import system
from identity.primitives.clock import now
from identity.spending.models import Authorization, Decision
from identity.spending.reconcile import reconcile
from registry.api.parsers import BODY_BYTES_MAX
from tests.resolution.process import ServerProcess, running_command
from tests.spending.conftest import TOTAL_500, Holder, Shop, euros

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PATH = "/v1/authorizations"
# Of one request or of the server, not of the answer.
_OWN = {"x-request-id", "ratelimit", "location", "vary", "content-language", "x-frame-options", "allow", "date"}


@pytest.fixture(scope="module")
def process(django_db_setup: None) -> Iterator[ServerProcess]:
    with running_command("authorizer", is_up=lambda started: started.ask("/health/live")[0] == 200) as started:
        yield started


@pytest.fixture
def at() -> datetime:
    """The process has a clock of its own."""
    return now()


@pytest.fixture
def link(grant: Callable[..., Delegation], buyer: Holder) -> Delegation:
    return grant(buyer, TOTAL_500, euros("per_transaction", 6_000))


@pytest.fixture
def asked(shop: Shop, buyer: Holder, link: Delegation) -> Callable[..., dict[str, Any]]:
    def make(amount: int = 1000, **changes: Any) -> dict[str, Any]:
        money = {"amount": amount, "currency": "EUR"}
        return {"intent": shop.intent(buyer, link, amount), "amount": money, **changes}

    return make


def fields(token: str, **more: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "Idempotency-Key": uuid4().hex,
        "Content-Type": "application/json",
        **more,
    }


def both(
    process: ServerProcess, token: str, body: Callable[[], bytes], **more: str
) -> list[tuple[int, dict[str, str], Any]]:
    """Status, headers and value of the authorizer's answer and of Django's to a like request."""
    status, headers, content = process.ask(PATH, method="POST", headers=fields(token, **more), body=body())
    own = {f"HTTP_{k.upper().replace('-', '_')}": v for k, v in fields(token, **more).items() if k != "Content-Type"}
    kind = more.get("Content-Type", "application/json")
    django = Client().post(PATH, body(), content_type=kind, **own)
    theirs = {name.lower(): value for name, value in django.headers.items()}
    return [(status, headers, json.loads(content)), (django.status_code, theirs, django.json())]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 201),
        ({"dry_run": True}, 201),
        ({"amount": {"amount": 7000, "currency": "EUR"}}, 402),
        ({"amount": {"amount": -1, "currency": "EUR"}}, 422),
        ({"unknown": 1}, 422),
        ({"intent": "a.b.c"}, 402),
    ],
)
def test_it_answers_as_django_does(
    process: ServerProcess,
    token: str,
    asked: Callable[..., dict[str, Any]],
    change: dict[str, Any],
    status: int,
) -> None:
    ours, theirs = both(process, token, lambda: json.dumps({**asked(), **change}).encode())
    assert ours[0] == theirs[0] == status
    assert ours[2].keys() == theirs[2].keys()
    assert ours[1].keys() - _OWN == theirs[1].keys() - _OWN
    same = ("content-type", "cache-control", "content-security-policy", "x-content-type-options")
    assert [ours[1].get(name) for name in same] == [theirs[1].get(name) for name in same]
    own = {"decision_id", "receipt", "authorization_id", "expires_at", "capture_before", "request_id", "instance"}
    assert {k: v for k, v in ours[2].items() if k not in own} == {k: v for k, v in theirs[2].items() if k not in own}


def test_it_gives_a_repeated_key_the_answer_it_got(
    process: ServerProcess, token: str, asked: Callable[..., dict[str, Any]]
) -> None:
    body, headers = json.dumps(asked()).encode(), fields(token)
    first, again = (process.ask(PATH, method="POST", headers=headers, body=body) for _ in range(2))
    assert first[0] == again[0] == 201
    assert first[2] == again[2]
    assert again[1]["idempotency-replayed"] == "true"
    assert Authorization.objects.count() == 1


def test_it_holds_the_cap_when_everybody_comes_at_once(
    process: ServerProcess, token: str, asked: Callable[..., dict[str, Any]]
) -> None:
    bodies = [json.dumps(asked(1000)).encode() for _ in range(60)]

    def post(body: bytes) -> int:
        return process.ask(PATH, method="POST", headers=fields(token), body=body)[0]

    with ThreadPoolExecutor(20) as crowd:
        told = list(crowd.map(post, bodies))
    assert (told.count(201), told.count(402)) == (50, 10)
    assert Authorization.objects.count() == 50
    assert Decision.objects.count() == 60
    assert not reconcile()


def test_it_refuses_a_key_from_the_moment_it_is_revoked(
    process: ServerProcess, service_key: tuple[ServiceKey, str], asked: Callable[..., dict[str, Any]]
) -> None:
    def post() -> int:
        return process.ask(PATH, method="POST", headers=fields(service_key[1]), body=json.dumps(asked()).encode())[0]

    assert post() == 201
    revoke(key=service_key[0], actor=system("tests"), at=now())
    assert post() == 401
    assert Authorization.objects.count() == 1


def test_it_goes_on_after_the_database_ended_its_connections(
    process: ServerProcess, token: str, asked: Callable[..., dict[str, Any]]
) -> None:
    def post() -> int:
        return process.ask(PATH, method="POST", headers=fields(token), body=json.dumps(asked()).encode())[0]

    assert post() == 201
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] >= 1
    assert post() == 201
    assert Authorization.objects.count() == 2


def test_it_tells_everybody_else_that_they_are_at_the_wrong_door(process: ServerProcess) -> None:
    for path in ("/", "/v1/agents", "/v1/authorizations/", "/console/", "/health/"):
        assert process.ask(path)[0] == 404
    assert process.ask(PATH)[0] in (401, 405)


def test_it_reads_no_more_than_a_body_may_have(process: ServerProcess, token: str) -> None:
    status, _, content = process.ask(PATH, method="POST", headers=fields(token), body=b"[" * (BODY_BYTES_MAX * 3))
    assert status == 413
    assert json.loads(content)["type"].endswith("body_too_large")


def test_it_takes_a_body_in_pieces(process: ServerProcess, token: str, asked: Callable[..., dict[str, Any]]) -> None:
    body = json.dumps(asked()).encode()
    head = "Host: localhost\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields(token).items())
    parts = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:50], body[50:])) + b"0\r\n\r\n"
    sent = f"POST {PATH} HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode() + parts
    assert process.exchange(sent).startswith(b"HTTP/1.1 201")


@pytest.mark.parametrize("ends", [["Content-Length: 5", "Transfer-Encoding: chunked"], ["Content-Length: 5"] * 2])
def test_it_refuses_a_body_with_two_ends(process: ServerProcess, token: str, ends: list[str]) -> None:
    """Stops request smuggling: a proxy in front would see another next request than we do."""
    lines = ["Host: localhost"] + [f"{name}: {value}" for name, value in fields(token).items()] + ends
    sent = f"POST {PATH} HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"
    told = process.exchange(sent.encode(), seconds=1)
    assert told.startswith(b"HTTP/1.1 400")
    assert told.count(b"HTTP/1.1 ") == 1


def test_it_reads_no_field_with_an_underscore(
    process: ServerProcess, token: str, asked: Callable[..., dict[str, Any]]
) -> None:
    """Stops a client from writing a field that only a proxy may, under a name that the proxy does not overwrite."""
    headers = fields(token)
    headers["Idempotency_Key"] = headers.pop("Idempotency-Key")
    status, _, content = process.ask(PATH, method="POST", headers=headers, body=json.dumps(asked()).encode())
    assert status == 400
    assert json.loads(content)["type"].endswith("idempotency_key_required")


def test_it_ends_when_it_is_told_to(django_db_setup: None) -> None:
    two = running_command("authorizer", "--processes", "2", is_up=lambda started: started.ask("/health/live")[0] == 200)
    with two as started, socket.create_connection(("127.0.0.1", started.port)):
        started.child.send_signal(signal.SIGTERM)
        assert started.child.wait(20) == 0
