"""Named limits: each caller its own, told in headers, right under a race, open when Redis is down."""

from __future__ import annotations

import threading
import time

import pytest
from django.test import RequestFactory

from registry.api.throttling import client_address, parse_policy, take, take_each
from tests.api.conftest import Caller
from tests.api.test_problems import problem

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.probe")]


@pytest.fixture
def limits(settings):
    def choose(**chosen):
        settings.API_THROTTLES = {**settings.API_THROTTLES, **chosen}

    return choose


def test_it_says_what_is_left(nobody, limits):
    limits(read="3/h")
    told = [nobody.get("/v1/probes") for _ in range(3)]
    assert [response.headers["RateLimit-Policy"] for response in told] == ['"read";q=3;w=3600'] * 3
    assert [response.headers["RateLimit"].split(";")[1] for response in told] == ["r=2", "r=1", "r=0"]


def test_it_refuses_when_the_limit_is_used_up_and_says_how_long(nobody, limits):
    limits(read="2/h")
    for _ in range(2):
        assert nobody.get("/v1/probes").status_code == 200
    response = nobody.get("/v1/probes")
    document = problem(response, 429, "too_many_requests")
    assert 1795 <= int(response.headers["Retry-After"]) == document["retry_after_seconds"] <= 1800
    assert "r=0" in response.headers["RateLimit"]


def test_it_lets_requests_through_again_as_time_goes_by(limits):
    limits(read="2/s")
    assert [take("read", who="x").allowed for _ in range(3)] == [True, True, False]
    time.sleep(0.55)
    assert [take("read", who="x").allowed for _ in range(2)] == [True, False]


def test_a_refused_request_costs_nothing(limits):
    limits(read="1/s")
    assert take("read", who="x").allowed
    for _ in range(20):
        assert not take("read", who="x").allowed
    time.sleep(1.05)
    assert take("read", who="x").allowed


def test_it_counts_callers_apart(program, reader, limits):
    limits(read="1/h")
    assert [caller.get("/v1/caller").status_code for caller in (program, reader, program)] == [200, 200, 429]


def test_it_counts_reading_and_writing_apart(program, limits):
    limits(write="1/h")
    assert [program.post("/v1/probes", {"name": "x"}).status_code for _ in range(2)] == [201, 429]
    assert program.get("/v1/caller").status_code == 200


def test_it_stands_open_when_redis_is_down(nobody, program, no_redis):
    assert nobody.get("/v1/probes").status_code == 200
    response = program.post("/v1/probes", {"name": "x"})
    assert response.status_code == 201
    assert "RateLimit" not in response.headers


def test_it_lets_through_exactly_the_quota_when_sixteen_race(limits):
    limits(read="50/h")
    allowed = []
    barrier = threading.Barrier(16)

    def ask():
        barrier.wait(10)
        allowed.extend(take("read", who="race").allowed for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(allowed), sum(allowed)) == (160, 50)


def test_two_hundred_requests_in_a_second_are_no_abuse(nobody):
    assert {nobody.get("/v1/probes").status_code for _ in range(200)} == {200}


@pytest.mark.parametrize("text", ["", "600", "0/m", "600/y", "m/600", "-1/s", "1/0s"])
def test_it_stops_the_start_for_a_limit_it_cannot_read(text):
    with pytest.raises(ValueError, match="must read like"):
        parse_policy("read", text)


@pytest.mark.parametrize(
    ("remote", "forwarded", "trusted", "counted"),
    [
        ("192.0.2.1", "203.0.113.9", False, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", True, "203.0.113.9"),
        ("192.0.2.1", "198.51.100.1, 203.0.113.9", True, "203.0.113.9"),
        ("192.0.2.1", "nonsense", True, "unknown"),
        ("2001:db8::1:2:3:4", None, False, "2001:db8::"),
        ("::ffff:192.0.2.1", None, False, "192.0.2.1"),
        ("", None, False, "unknown"),
    ],
)
def test_it_counts_an_address_that_the_client_cannot_choose(settings, remote, forwarded, trusted, counted):
    settings.TRUST_PROXY = trusted
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client_address(RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers)) == counted


def test_a_stranger_cannot_use_up_anothers_limit(program, limits):
    limits(read="5/h")
    stranger = Caller()
    for _ in range(8):
        stranger.get("/v1/probes")
    assert program.get("/v1/caller").status_code == 200


def test_those_asked_about_together_count_one_by_one(limits):
    limits(read="2/h")
    told = take_each("read", ["x", "y", "x", "x"])
    assert [(one.allowed, one.remaining) for one in told] == [(True, 1), (True, 1), (True, 0), (False, 0)]
    assert take_each("read", []) == []


def test_asked_about_together_or_alone_callers_are_told_the_same(limits):
    limits(read="5/d")
    order = [*"xyxzzxyzxxxzyx"]
    alone = [take("read", who=f"alone {who}") for who in order]
    together = take_each("read", order)
    assert [(one.allowed, one.remaining) for one in together] == [(one.allowed, one.remaining) for one in alone]
    assert all(abs(one.reset_seconds - other.reset_seconds) <= 2 for one, other in zip(together, alone, strict=True))
    assert [take("read", who=who).remaining for who in "xyz"] == [0, 1, 0]


def test_those_asked_about_together_stand_open_when_redis_is_down(no_redis):
    assert take_each("read", ["x", "y"]) == [None, None]
