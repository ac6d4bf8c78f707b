"""Bearer service keys: who may come in, and how far."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.accounts.service_keys import revoke
from identity.journal.actor import Actor, ActorKind
from tests.api.conftest import Caller
from tests.api.test_problems import problem

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.probe")]


def test_it_says_whom_a_key_stands_for(program, acme):
    document = program.get("/v1/caller").json()
    assert document["kind"] == "service_key"
    assert document["organization"] == {"id": acme.id, "name": "Acme"}
    assert "agents_write" in document["scopes"]


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer nonsense", "Basic YTpi", "Bearer atn_a_b", "x"])
def test_it_refuses_what_is_no_key(nobody, header):
    response = nobody.get("/v1/probes", Authorization=header)
    problem(response, 401, "invalid_service_key")
    assert "Bearer" in response.headers["WWW-Authenticate"]


def test_it_refuses_mallorys_key_once_it_is_revoked(program, alice, at):
    mallory = Caller(program.token)
    assert mallory.get("/v1/caller").status_code == 200
    revoke(key=program.key, actor=Actor(ActorKind.USER, alice.pk), at=at)
    problem(mallory.get("/v1/caller"), 401, "invalid_service_key")


def test_it_refuses_an_expired_key(program, at):
    program.key.expires_at = at - timedelta(seconds=1)
    program.key.save(update_fields=["expires_at"])
    problem(program.get("/v1/caller"), 401, "invalid_service_key")


def test_it_refuses_a_key_without_the_scope(reader):
    document = problem(reader.post("/v1/probes", {"name": "x"}), 403, "scope_missing")
    assert "agents_write" in document["detail"]


def test_it_refuses_a_method_that_declares_no_scope(program):
    problem(program.send("DELETE", "/v1/probes"), 403, "scope_missing")


def test_it_takes_any_caller_where_no_scope_is_needed(reader):
    assert reader.send("PUT", "/v1/probes", {}).json()["actor"] == f"service_key:{reader.key.id}"


def test_it_never_counts_a_browser_session(nobody, alice):
    nobody.client.force_login(alice)
    problem(nobody.post("/v1/probes", {"name": "x"}), 401, "authentication_required")


def test_it_forbids_caches_to_keep_what_a_caller_was_told(program):
    assert program.get("/v1/caller").headers["Cache-Control"] == "no-store"
