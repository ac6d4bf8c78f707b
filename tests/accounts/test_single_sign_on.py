"""Sign-in through another party is offered once it is set up, and only then."""

from __future__ import annotations

import copy

import pytest

pytestmark = pytest.mark.django_db
APP = {
    "provider_id": "oidc",
    "name": "Acme Login",
    "client_id": "attorn",
    "secret": "s",
    "settings": {"server_url": "https://login.acme.example"},
}


def test_it_is_absent_by_default(client):
    assert "Continue with" not in client.get("/accounts/login/").content.decode()


def test_it_offers_the_provider_of_the_settings(client, settings):
    providers = copy.deepcopy(settings.SOCIALACCOUNT_PROVIDERS)
    providers["openid_connect"]["APPS"] = [APP]
    settings.SOCIALACCOUNT_PROVIDERS = providers
    for page in ("login", "signup"):
        assert "Continue with Acme Login" in client.get(f"/accounts/{page}/").content.decode()
    asked = client.get("/accounts/oidc/oidc/login/")
    assert asked.status_code == 200
    assert "Acme Login" in asked.content.decode()
