"""``Idempotency-Key``: an unsafe call takes effect once, however often it is sent."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import psycopg
import pytest
from django.db import DataError, connection, transaction
from django.http import HttpResponse

from identity.accounts.models import Organization
from identity.accounts.service_keys import SCOPES, create_service_key
from identity.journal.actor import system
from identity.primitives.clock import now
from identity.primitives.errors import Conflict
from registry.api.idempotency import KEPT_HOURS, KeyedRequest, answer_once, forget_expired
from registry.api.models import IdempotencyRecord
from tests.api.conftest import Caller
from tests.api.probe import Probes
from tests.api.test_problems import problem

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.probe")]


def made(name="x"):
    return Organization.objects.filter(name=name).count()


def test_it_gives_the_first_answer_again(program):
    first = program.post("/v1/probes", {"name": "x"}, Idempotency_Key="k1")
    again = program.post("/v1/probes", {"name": "x"}, Idempotency_Key="k1")
    assert made() == 1
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Content-Type"] == first.headers["Content-Type"] == "application/json"
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"


def test_it_takes_a_plain_and_a_quoted_key_as_the_same(program):
    program.post("/v1/probes", {"name": "x"}, Idempotency_Key="k1")
    assert program.post("/v1/probes", {"name": "x"}, Idempotency_Key='"k1"').headers["Idempotency-Replayed"]
    assert made() == 1


def test_it_refuses_the_key_for_another_body(program):
    program.post("/v1/probes", {"name": "x"}, Idempotency_Key="k1")
    problem(program.post("/v1/probes", {"name": "y"}, Idempotency_Key="k1"), 422, "idempotency_key_reused")
    assert made("y") == 0


@pytest.mark.parametrize("key", ["", " ", '"', '""', "a b", "é", "x" * 256, '"' + "x" * 256 + '"', "a\\b", "a\tb"])
def test_it_refuses_what_is_no_key(program, key):
    response = program.post("/v1/probes", {"name": "x"}, Idempotency_Key=key)
    problem(response, 400, "malformed_idempotency_key")
    assert made() == 0


def test_it_keeps_the_keys_of_callers_apart(program, acme, at):
    _, token = create_service_key(
        organization=acme, name="2", scopes=list(SCOPES), expires_at=None, actor=system("t"), at=at, created_by=None
    )
    for caller in (program, Caller(token)):
        assert caller.post("/v1/probes", {"name": "x"}, Idempotency_Key="k1").status_code == 201
    assert made() == 2


def test_it_does_not_answer_mallory_from_the_record_once_the_key_is_revoked(program, at):
    program.post("/v1/probes", {"name": "x"}, Idempotency_Key="k1")
    program.key.revoked_at = at
    program.key.save(update_fields=["revoked_at"])
    problem(program.post("/v1/probes", {"name": "x"}, Idempotency_Key="k1"), 401, "invalid_service_key")


@pytest.mark.parametrize(("name", "status"), [("taken", 409), ("gone", 410)])
def test_it_repeats_a_refusal_that_stands_and_keeps_nothing_of_its_effect(program, name, status):
    for _ in range(2):
        response = program.post("/v1/probes", {"name": name}, Idempotency_Key="k1")
        assert (response.status_code, made(name)) == (status, 0)
    assert response.headers["Idempotency-Replayed"] == "true"
    assert response.headers["Content-Type"] == "application/problem+json"


def test_it_lets_a_mistake_be_corrected_under_the_same_key(program):
    assert program.post("/v1/probes", {"nmae": "x"}, Idempotency_Key="k1").status_code == 422
    assert program.post("/v1/probes", {"name": "x"}, Idempotency_Key="k1").status_code == 201


def test_it_keeps_nothing_of_a_fault(program):
    for _ in range(2):
        assert program.post("/v1/probes", {"name": "broken"}, Idempotency_Key="k1").status_code == 500
    assert (made("broken"), IdempotencyRecord.objects.count()) == (0, 0)


def test_it_never_keeps_a_secret(program):
    first = program.post("/v1/probes", {"name": "secret"}, Idempotency_Key="k1")
    again = program.post("/v1/probes", {"name": "secret"}, Idempotency_Key="k1")
    assert first.json()["secret"] == "s3cret"
    assert again.json() == {**first.json(), "secret": None}
    assert b"s3cret" not in bytes(IdempotencyRecord.objects.get().body)


def test_it_forgets_after_a_day(program, at):
    program.post("/v1/probes", {"name": "x"}, Idempotency_Key="k1")
    IdempotencyRecord.objects.update(created_at=now() - timedelta(hours=KEPT_HOURS, seconds=1))
    assert program.post("/v1/probes", {"name": "y"}, Idempotency_Key="k1").status_code == 201
    assert IdempotencyRecord.objects.count() == 1
    assert forget_expired(now()) == 0
    assert forget_expired(now() + timedelta(hours=KEPT_HOURS, seconds=1)) == 1
    assert not IdempotencyRecord.objects.exists()


@pytest.fixture
def slow_probe():
    Probes.started.clear()
    Probes.go_on.clear()
    Probes.pauses = True
    yield Probes
    Probes.pauses = False
    Probes.go_on.set()


def committed_program():
    from identity.accounts.models import User

    owner = User.objects.create_user("alice@example.org", "x")
    acme = Organization.objects.create(name="Acme", kind="organization")
    key, token = create_service_key(
        organization=acme, name="CI", scopes=list(SCOPES), expires_at=None, actor=system("t"), at=now(), created_by=None
    )
    assert owner.pk
    return Caller(token, key)


def in_thread(work, results):
    def run():
        try:
            results.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_it_refuses_the_second_while_the_first_still_runs(slow_probe):
    program, results = committed_program(), []

    def send():
        return program.post("/v1/probes", {"name": "x"}, Idempotency_Key="k1")

    first = in_thread(send, results)
    assert slow_probe.started.wait(10)
    response = Caller(program.token).post("/v1/probes", {"name": "x"}, Idempotency_Key="k1")
    problem(response, 409, "idempotency_in_progress")
    assert response.headers["Retry-After"] == "1"
    slow_probe.go_on.set()
    first.join(10)
    assert results[0].status_code == 201
    replayed = program.post("/v1/probes", {"name": "x"}, Idempotency_Key="k1")
    assert (replayed.json(), replayed.headers["Idempotency-Replayed"]) == (results[0].json(), "true")
    assert made() == 1


@pytest.mark.django_db(transaction=True)
def test_it_takes_effect_once_when_twelve_race():
    program, results = committed_program(), []
    barrier = threading.Barrier(12)

    def send():
        caller = Caller(program.token)
        barrier.wait(10)
        for _ in range(200):
            response = caller.post("/v1/probes", {"name": "x"}, Idempotency_Key="k1")
            if response.status_code != 409:
                return response
        raise AssertionError("never answered")

    threads = [in_thread(send, results) for _ in range(12)]
    for thread in threads:
        thread.join(60)
    assert [response.status_code for response in results] == [201] * 12
    assert len({json.dumps(response.json()) for response in results}) == 1
    assert sum("Idempotency-Replayed" not in response.headers for response in results) == 1
    assert made() == 1


def refused_after(what):
    """Answer a keyed request that does ``what`` and is then refused."""

    def answer():
        what()
        raise Conflict("conflict", "It is taken.")

    keyed = KeyedRequest(id="ab" * 32, caller="tests", fingerprint="f" * 64)
    return answer_once(keyed, answer, lambda error: HttpResponse(error.code, status=409), at=now())


@pytest.mark.django_db(transaction=True)
def test_it_does_not_do_later_what_a_refused_request_put_off():
    done = []
    assert refused_after(lambda: transaction.on_commit(lambda: done.append(1))).status_code == 409
    assert (done, IdempotencyRecord.objects.get().status) == ([], 409)


@pytest.mark.django_db(transaction=True)
def test_it_undoes_a_statement_that_failed_and_keeps_the_refusal():
    def fail():
        with pytest.raises(DataError), transaction.atomic(savepoint=False), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    assert refused_after(fail).content == b"conflict"
    assert IdempotencyRecord.objects.get().status == 409


@pytest.mark.django_db(transaction=True)
def test_it_keeps_no_refusal_when_the_connection_was_lost():
    def lose():
        with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])

    assert refused_after(lose).status_code == 409
    connection.close()
    assert not IdempotencyRecord.objects.exists()
