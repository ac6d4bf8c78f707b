"""Sending a call again: with the same key and the same bytes, as long as that can help, and never where it cannot."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from registry.client import Declined, NotVerified, PrivateKey, Refused, Unreachable, VendorClient
from registry.client.transport import BACKOFF_SECONDS_MAX, RESPONSE_BYTES_MAX, Transport, backoff
from tests.client.serving import LOST, Server, serving

DONE = (201, {"done": True}, {})
IN_PROGRESS = (409, {"code": "idempotency_in_progress"}, {"Retry-After": "1"})


@pytest.fixture
def connect() -> Iterator[Callable[..., Transport]]:
    opened: list[Transport] = []

    def make(server: Server, **options: Any) -> Transport:
        options.setdefault("sleep", lambda seconds: None)
        opened.append(Transport(server.url, **options))
        return opened[-1]

    yield make
    for transport in opened:
        transport.close()


@pytest.mark.parametrize(
    "fault",
    [LOST, (503, {"code": "ledger_unavailable"}, {}), (502, {}, {}), (429, {}, {"Retry-After": "1"}), IN_PROGRESS],
    ids=["lost", "503", "502", "429", "in_progress"],
)
def test_it_sends_the_same_call_again_under_the_same_key(connect: Callable[..., Transport], fault: Any) -> None:
    with serving(fault, fault, DONE) as server:
        assert connect(server).post("/v1/x", {"b": 1, "a": 2}).json() == {"done": True}
    keys = {headers["idempotency-key"] for headers, _ in server.asked}
    assert (len(server.asked), len(keys), {body for _, body in server.asked}) == (3, 1, {b'{"a":2,"b":1}'})


def test_it_signs_each_attempt_anew(connect: Callable[..., Transport]) -> None:
    with serving(LOST, DONE) as server:
        connect(server, signing_key=PrivateKey.generate()).post("/v1/x", {})
    assert len({headers["signature"] for headers, _ in server.asked}) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_it_takes_a_no_for_a_no(connect: Callable[..., Transport], status: int) -> None:
    answer = (status, {"code": "hold_expired", "detail": "It ran out."}, {})
    with serving(answer) as server, pytest.raises(Refused) as refused:
        connect(server).post("/v1/x", {})
    assert (refused.value.status, refused.value.code) == (status, "hold_expired")
    assert "It ran out." in refused.value.sentence


def test_it_raises_a_decline_with_what_may_be_known(connect: Callable[..., Transport]) -> None:
    problem = {
        "code": "spend_declined",
        "decision_id": "dec_1",
        "reasons": [{"code": "limit_exceeded"}],
        "receipt": "a.b.c",
        "retryable": False,
    }
    with serving((402, problem, {})) as server, pytest.raises(Declined) as declined:
        connect(server).post("/v1/x", {})
    assert (declined.value.codes, declined.value.decision_id) == (("limit_exceeded",), "dec_1")
    assert (declined.value.receipt, declined.value.is_retryable) == ("a.b.c", False)


@pytest.mark.parametrize("fault", [LOST, (503, {}, {})], ids=["lost", "503"])
def test_it_gives_up_with_the_key_to_go_on(connect: Callable[..., Transport], fault: Any) -> None:
    with serving(fault, fault) as server, pytest.raises(Unreachable) as unreachable:
        connect(server, attempts_max=2).post("/v1/x", {}, idempotency_key="mine")
    assert unreachable.value.idempotency_key == "mine"
    assert [headers["idempotency-key"] for headers, _ in server.asked] == ["mine", "mine"]


def test_it_waits_as_long_as_it_is_told_within_bounds(connect: Callable[..., Transport]) -> None:
    waited: list[float] = []
    answers = [(503, {}, {"Retry-After": text}) for text in ("2", "86400", "soon")]
    with serving(*answers, DONE) as server:
        connect(server, sleep=waited.append).post("/v1/x", {})
    assert waited[:2] == [2, BACKOFF_SECONDS_MAX]
    assert 0 < waited[2] <= BACKOFF_SECONDS_MAX


def test_pauses_double_and_are_never_all_alike() -> None:
    assert max(backoff(1) for _ in range(50)) <= 0.25
    assert min(backoff(3) for _ in range(50)) >= 0.5
    assert backoff(60) <= BACKOFF_SECONDS_MAX
    assert len({backoff(4) for _ in range(10)}) > 1


def test_it_follows_no_redirect(connect: Callable[..., Transport]) -> None:
    with serving((307, {}, {"Location": "http://127.0.0.1:1/"})) as server, pytest.raises(NotVerified):
        connect(server, service_key="atn_secret").post("/v1/x", {})


def test_it_believes_no_answer_that_is_none(connect: Callable[..., Transport]) -> None:
    for body in ([1], b"{", b'{"a":1,"a":2}', b" " * (RESPONSE_BYTES_MAX + 1)):
        with serving((200, body, {})) as server, pytest.raises(NotVerified):
            connect(server).get("/v1/x").json()


def test_it_sends_no_service_key_in_the_open() -> None:
    with pytest.raises(ValueError, match="plain http"):
        Transport("http://attorn.example", service_key="atn_secret")
    with pytest.raises(ValueError, match="key or a service key"):
        VendorClient("https://attorn.example", "did:web:attorn.example:agents:agt_1")


def test_it_needs_no_django_settings() -> None:
    program = "import registry.client, django.conf; print(django.conf.settings.configured)"
    environment = {"PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("False", "")
