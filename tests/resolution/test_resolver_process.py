"""A really started resolver beside Django: the same bytes, no stale ones, and no request read wrongly."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.db import connection
from django.test import Client

from identity.agents.models import Agent
from identity.credentials.issuers import rotate_registry_key
from identity.primitives.did import did_key
from registry.directory.models import Name
from registry.resolution.projection import LEASE_SECONDS
from tests.resolution.process import ServerProcess, running_resolver

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SAME_HEADERS = ("content-type", "cache-control", "etag", "access-control-allow-origin", "content-length")
PATH = "/v1/resolve/concierge.acme"


@pytest.fixture(scope="module")
def process(django_db_setup):
    """One process for all tests here: it must hear of every new row like any other change."""
    with running_resolver() as process:
        yield process


@pytest.fixture
def resolver(listed, process):
    _wait_for(lambda: process.state()["listening"])
    return process


def _rename(agent: Agent, text: str) -> None:
    Agent.objects.filter(pk=agent.pk).update(display_name=text)


@contextmanager
def _listeners_cut():
    """The listeners' connections are gone, and nobody new is let in until the block ends."""
    database = connection.settings_dict["NAME"]
    outside_url = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres"))
    with psycopg.connect(outside_url, autocommit=True) as outside:
        outside.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
        try:
            outside.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE application_name = 'attorn-resolver-listener' AND datname = %s",
                [database],
            )
            yield
        finally:
            outside.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')


def _wait_for(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_answers_byte_for_byte_as_django_does(listed, resolver):
    queries = [
        "concierge.acme",
        "CONCIERGE.acme",
        "concierge.acme.attorn.test",
        listed.agent.did,
        listed.agent.did.replace("%3A", "%253A"),
        did_key(listed.private_key.public_key),
    ]
    for query in queries:
        django = Client().get(f"/v1/resolve/{query}")
        for _ in range(3):  # from Django's row, then from memory
            status, headers, body = resolver.ask(f"/v1/resolve/{query}")
            assert status == django.status_code == 200
            assert body == django.content
            assert {name: headers[name] for name in SAME_HEADERS} == {name: django[name] for name in SAME_HEADERS}
        assert "vary" not in headers
        assert "Vary" not in django
    assert resolver.state()["hits"] > 0


def test_it_builds_what_nobody_has_asked_and_django_serves_the_same(listed, resolver):
    _, _, body = resolver.ask(PATH)

    assert Client().get(PATH).content == body


@pytest.mark.parametrize("path", ["/v1/resolve/nobody.acme", "/v1/resolve/a..b", "/v1/resolve/a%20b"])
def test_it_refuses_as_django_does(resolver, path):
    django = Client().get(path)

    status, headers, body = resolver.ask(path)

    assert status == django.status_code
    assert headers["content-type"] == django["Content-Type"]
    ours, theirs = json.loads(body), django.json()
    for passing in ("evaluated_at", "valid_until", "proof", "instance"):
        ours.pop(passing, None), theirs.pop(passing, None)
    assert ours == theirs


def test_it_spares_the_body_of_what_the_client_has(resolver):
    _, headers, body = resolver.ask(PATH)
    etag = headers["etag"]

    for condition in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        status, spared, nothing = resolver.ask(PATH, headers={"If-None-Match": condition})
        assert (status, nothing) == (304, b"")
        assert spared["etag"] == etag
        assert "content-type" not in spared
    assert resolver.ask(PATH, headers={"If-None-Match": '"other"'})[2] == body
    assert resolver.ask("/v1/resolve/nobody.acme", headers={"If-None-Match": "*"})[0] == 404


def test_a_head_and_a_batch_go_through_django_in_the_same_process(resolver):
    body = resolver.ask(PATH)[2]

    status, headers, nothing = resolver.ask(PATH, method="HEAD")
    assert (status, nothing, headers["content-length"]) == (200, b"", str(len(body)))

    batch = json.dumps({"queries": ["concierge.acme"]}).encode()
    status, _, answers = resolver.ask(
        "/v1/resolve", method="POST", body=batch, headers={"Content-Type": "application/json"}
    )
    assert status == 200
    assert json.loads(answers)["answers"][0]["answer"] == json.loads(body)


def test_it_serves_nothing_but_resolution(resolver):
    assert resolver.ask("/")[0] == 404
    assert resolver.ask("/console/")[0] == 404


def test_a_change_is_heard_at_once(listed, resolver):
    """How soon is measured by the bench, on a quiet machine; a busy one may take its time now and then."""
    took = []
    for number in range(30):
        name = f"Concierge {number}"
        resolver.answer("concierge.acme")
        _rename(listed.agent, name)
        began = time.monotonic()
        _wait_for(lambda name=name: resolver.answer("concierge.acme")["identity"]["display_name"] == name)
        took.append(time.monotonic() - began)
    assert median(took) < 1
    assert resolver.answer("concierge.acme")["epoch"] > 30


def test_a_denial_in_memory_falls_when_the_name_comes(listed, resolver):
    for _ in range(3):
        assert resolver.ask("/v1/resolve/later.acme")[0] == 404
    Name.objects.create(fqn="later.acme", zone=listed.name.zone, skeleton="later.acme", agent=listed.agent)

    _wait_for(lambda: resolver.ask("/v1/resolve/later.acme")[0] == 200)


def test_memory_falls_when_the_registry_changes_its_key(listed, resolver, at):
    before = resolver.answer("concierge.acme")["proof"]["verificationMethod"]
    resolver.answer("concierge.acme")

    rotate_registry_key(actor=listed.actor, at=at)

    _wait_for(lambda: resolver.answer("concierge.acme")["proof"]["verificationMethod"] != before)


def test_with_its_listener_cut_it_serves_nothing_stale(listed, resolver):
    """Agents change while nothing is heard, and clients ask without pause: no answer may be of an epoch before the
    last one that was committed when it was asked for."""
    stop = threading.Event()
    committed = {"epoch": 0}
    stale: list[tuple[int, int]] = []

    def ask() -> int:
        count = 0
        while not stop.is_set():
            known = committed["epoch"]
            epoch = resolver.answer("concierge.acme")["epoch"]
            count += 1
            if epoch < known:
                stale.append((epoch, known))
        return count

    with ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(ask) for _ in range(4)]
        try:
            for number in range(8):
                _wait_for(lambda: resolver.state()["listening"])
                committed["epoch"] = 0  # what is heard in time is another test's matter
                time.sleep(0.05)
                with _listeners_cut():
                    _rename(listed.agent, f"Concierge {number}")
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT epoch FROM resolution_subject WHERE agent_id = %s", [listed.agent.pk])
                        committed["epoch"] = cursor.fetchone()[0]
                    time.sleep(0.1)
        finally:
            stop.set()
        asked = sum(worker.result() for worker in workers)

    assert asked > 100
    assert stale == []


@contextmanager
def _listeners_without_processor():
    """PostgreSQL's side of the listening connections stands still: nothing is heard, and no connection ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity "
            "WHERE application_name = 'attorn-resolver-listener' AND datname = current_database()"
        )
        pids = [pid for (pid,) in cursor.fetchall()]
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
    except (PermissionError, ProcessLookupError):
        pytest.skip("PostgreSQL runs elsewhere or as another user, and its processes cannot be held up")
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_memory_is_not_believed_longer_than_its_lease_when_news_are_held_up(listed, resolver):
    """The machine gives the listener's database process no time: what it would say is late, and no old answer is
    given meanwhile, although no connection was lost."""
    for number in range(3):
        _wait_for(lambda: resolver.state()["listening"])
        resolver.answer("concierge.acme")
        with _listeners_without_processor():
            time.sleep(LEASE_SECONDS)
            _rename(listed.agent, f"Held up {number}")
            names = {resolver.answer("concierge.acme")["identity"]["display_name"] for _ in range(10)}
        assert names == {f"Held up {number}"}


def test_it_says_service_unavailable_never_an_old_answer_when_it_may_not_read(listed, resolver):
    """Without its table every question fails; the bytes in memory are of no use as they may be old."""
    resolver.answer("concierge.acme")
    resolver.answer("concierge.acme")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE resolution_answer RENAME TO resolution_answer_away")
    try:
        with _listeners_cut():
            _wait_for(lambda: resolver.ask(PATH)[0] >= 500)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE resolution_answer_away RENAME TO resolution_answer")


def _get(path: str = PATH, *fields: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", *fields, "", ""]
    return "\r\n".join(lines).encode()


def _statuses(received: bytes) -> list[int]:
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


def test_pipelined_questions_are_answered_in_their_order(resolver):
    data = b"".join(
        [_get(), _get("/v1/resolve/nobody.acme"), _get(), _get("/health/resolver"), _get("/v1/resolve/a..b"), _get()]
    )

    received = resolver.exchange(data, seconds=2)

    assert _statuses(received) == [200, 404, 200, 200, 400, 200]


def test_a_request_in_pieces_is_read_whole(resolver):
    import socket

    resolver.ask(PATH)
    with socket.create_connection(("127.0.0.1", resolver.port), timeout=5) as client:
        for piece in (b"GET /v1/resolve/conc", b"ierge.acme HTTP/1.1\r\nHost: local", b"host\r\n", b"\r\n"):
            client.sendall(piece)
            time.sleep(0.05)
        first = client.recv(65_536)
        client.sendall(_get())
        second = client.recv(65_536)

    assert _statuses(first) == _statuses(second) == [200]
    assert hashlib.sha256(first.split(b"\r\n\r\n", 1)[1]).digest() == (
        hashlib.sha256(second.split(b"\r\n\r\n", 1)[1]).digest()
    )


SMUGGLED = _get("/v1/resolve/nobody.acme")


@pytest.mark.parametrize(
    "request_bytes",
    [
        _get(PATH, f"Content-Length: {len(SMUGGLED)}") + SMUGGLED,
        _get(PATH, "Transfer-Encoding: chunked") + b"%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED),
    ],
    ids=["length", "chunked"],
)
def test_a_body_is_never_taken_for_a_second_request(resolver, request_bytes):
    resolver.ask(PATH)

    received = resolver.exchange(request_bytes, seconds=1)

    assert len(_statuses(received)) == 1
    assert b"nobody.acme" not in received


@pytest.mark.parametrize(
    "request_bytes",
    [
        _get(PATH, "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n" + SMUGGLED,
        b"GET /v1/resolve/concierge.acme HTTP/1.1\nHost: localhost\n\n",
        b"GET  /v1/resolve/concierge.acme HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /v1/resolve/concierge.acme HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET /v1/resolve/concierge.acme HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        b"GET /v1/resolve/concierge.acme HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
    ],
    ids=["both-framings", "bare-line-feeds", "two-spaces", "space-before-colon", "folded", "version", "noise"],
)
def test_what_is_not_plain_is_left_to_the_parser(resolver, request_bytes):
    """Whatever the parser makes of it: at most one request is seen, and the process lives."""
    resolver.ask(PATH)
    hits = resolver.state()["hits"]

    received = resolver.exchange(request_bytes, seconds=1)

    assert len(_statuses(received)) <= 1
    assert resolver.state()["hits"] == hits


def test_a_client_that_does_not_read_does_not_fill_memory(resolver: ServerProcess):
    import socket

    resolver.ask(PATH)
    with socket.create_connection(("127.0.0.1", resolver.port), timeout=0.5) as client:
        sent = 0
        try:
            while sent < 50_000_000:
                sent += client.send(_get() * 500)
        except TimeoutError:
            pass
        assert sent < 50_000_000, "the resolver went on reading"
    assert resolver.answer("concierge.acme")["rcode"] == "NOERROR"


def test_several_processes_share_the_port(listed):
    with running_resolver("--processes", "2") as resolver:
        assert {resolver.ask(PATH)[0] for _ in range(20)} == {200}


def test_it_fills_its_memory_at_the_start(listed):
    Client().get(PATH)
    with running_resolver() as resolver:
        _wait_for(lambda: resolver.state()["entries"] > 0)
        resolver.ask(PATH)
        assert resolver.state()["misses"] == 0
