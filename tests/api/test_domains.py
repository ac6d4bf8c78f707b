"""Domains over HTTP."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db


def test_it_says_how_to_prove_a_domain(program):
    added = program.post("/v1/domains", {"domain": "Acme.Example.com."})
    assert added.status_code == 201, added.content
    domain = added.json()
    assert domain["txt_name"] == "_attorn.acme.example.com"
    assert domain["file_url"] == "https://acme.example.com/.well-known/attorn-domain-proof.txt"
    assert domain["proof"].startswith("attorn-domain-proof=")
    assert domain["state"] == "pending"
    assert program.post("/v1/domains", {"domain": "acme.example.com"}).json()["id"] == domain["id"]
    assert program.send("DELETE", "/v1/domains/acme.example.com").status_code == 204
    assert program.get("/v1/domains").json()["items"] == []


@pytest.mark.parametrize("domain", ["com", "localhost", "acme.attorn.test", "a.local", "10.0.0.1", "a b.com"])
def test_it_refuses_what_nobody_can_prove(program, domain):
    answer = program.post("/v1/domains", {"domain": domain})
    assert answer.status_code == 422
    assert answer.json()["code"] in ("domain_invalid", "name_invalid")


def test_it_shows_a_stranger_nothing(program, stranger):
    program.post("/v1/domains", {"domain": "acme.example.com"})
    assert stranger.get("/v1/domains/acme.example.com").status_code == 404
    assert stranger.post("/v1/domains/acme.example.com/check", {}).status_code == 404
    assert stranger.send("DELETE", "/v1/domains/acme.example.com").status_code == 404
    assert stranger.get("/v1/domains").json()["items"] == []


def test_it_keeps_a_domain_pending_while_nothing_answers(program, settings):
    settings.DNS_SERVERS = ["127.0.0.1:9"]
    program.post("/v1/domains", {"domain": "acme.example.com"})
    checked = program.post("/v1/domains/acme.example.com/check", {}).json()
    assert checked["state"] == "pending"
    assert "name servers" in checked["last_result"]
