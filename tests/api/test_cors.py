"""Other origins: any page may read what is public, none may act."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db
ELSEWHERE = {"Origin": "https://elsewhere.example"}
PUBLIC = [
    "/v1/resolve/nobody.nowhere",
    "/v1/resolve/did:web:localhost%3A8000",
    "/1.0/identifiers/did:web:localhost%3A8000",
    "/.well-known/did.json",
    "/agents/agt_1/did.json",
    "/openapi.json",
    "/problems/not_found",
]
PRIVATE = ["/v1/caller", "/v1/agents", "/v1/names", "/v1/domains", "/console/", "/accounts/login/", "/metrics"]


@pytest.mark.parametrize("path", PUBLIC)
def test_any_origin_may_read_what_is_public_without_credentials(client, path):
    response = client.get(path, headers=ELSEWHERE)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize("path", PRIVATE)
def test_no_other_origin_may_read_the_rest(client, path):
    assert "Access-Control-Allow-Origin" not in client.get(path, headers=ELSEWHERE).headers


@pytest.mark.parametrize("path", PUBLIC)
def test_a_preflight_allows_reading_only(client, path):
    headers = {**ELSEWHERE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    response = client.options(path, headers=headers)
    allowed = response.headers.get("Access-Control-Allow-Methods", "")
    assert set(allowed.replace(" ", "").split(",")) <= {"GET", "HEAD", "OPTIONS"}
    assert "authorization" not in response.headers.get("Access-Control-Allow-Headers", "").lower()


def test_a_preflight_of_a_change_allows_nothing(client):
    headers = {**ELSEWHERE, "Access-Control-Request-Method": "POST"}
    response = client.options("/v1/agents", headers=headers)
    assert "Access-Control-Allow-Origin" not in response.headers
