"""The public status lists over HTTP: bytes for any cache, the same for everybody."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from identity.credentials.publish import publish_due
from identity.credentials.status_lists import allocate, set_revoked

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(db, at):
    return allocate(purpose_subject="crd_served", at=at)


def _path(entry, letter: str = "r") -> str:
    return f"/status/{letter}/{entry.status_list_id}"


@pytest.mark.parametrize("accept", ["application/ld+json, application/json", "application/vc", "*/*", "text/html"])
def test_a_list_is_json_whatever_is_accepted(entry, accept, settings):
    response = Client().get(_path(entry), headers={"Accept": accept, "Accept-Language": "de", "Cookie": "a=b"})

    assert response.status_code == 200
    assert response["Content-Type"] == "application/ld+json"
    assert response["Cache-Control"] == f"public, max-age={settings.STATUS_LIST_TTL_SECONDS}"
    assert response["Access-Control-Allow-Origin"] == "*"
    for name in ("Vary", "Set-Cookie", "RateLimit", "Content-Language"):
        assert name not in response
    document = response.json()
    assert document["id"] == settings.PUBLIC_URL + _path(entry)
    assert document["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert document["credentialSubject"]["statusPurpose"] == "revocation"


def test_the_token_list_has_its_own_type(entry):
    response = Client().get(_path(entry, "t"), headers={"Accept": "application/statuslist+jwt"})

    assert response["Content-Type"] == "application/statuslist+jwt"
    assert response.content.count(b".") == 2


@pytest.mark.parametrize("letter", ["r", "s", "t"])
def test_it_spares_the_body_of_what_the_client_has(entry, letter):
    first = Client().get(_path(entry, letter))
    again = Client().get(_path(entry, letter), headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    head = Client().head(_path(entry, letter))
    assert (head.content, head["Content-Length"]) == (b"", str(len(first.content)))


def test_it_sends_the_body_again_after_a_revocation(entry, at):
    before = Client().get(_path(entry))
    set_revoked(entry, at=at)
    publish_due(at=at)

    after = Client().get(_path(entry), headers={"If-None-Match": before["ETag"]})

    assert after.status_code == 200
    lists = [json.loads(response.content)["credentialSubject"]["encodedList"] for response in (before, after)]
    assert lists[0] != lists[1]


@pytest.mark.parametrize("path", ["r/999", "x/1", "r/", "r/-1", "r/abc", "r/1e3", "r/" + "9" * 40, "r/1/", "t/0"])
def test_what_is_no_list_is_a_problem_document(entry, path):
    response = Client().get(f"/status/{path}")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_nobody_changes_a_list_from_outside(entry):
    for method in ("post", "put", "patch", "delete"):
        assert getattr(Client(), method)(_path(entry)).status_code == 405
