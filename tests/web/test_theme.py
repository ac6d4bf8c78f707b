"""Light and dark, without JavaScript."""

from __future__ import annotations

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_it_keeps_the_choice_and_goes_back(client: Client) -> None:
    page = client.post("/theme/", {"theme": "dark", "next": "/how-it-works/"})
    assert page.headers["Location"] == "/how-it-works/"
    assert 'data-theme="dark"' in client.get("/").text


def test_it_follows_the_system_by_default_and_when_the_cookie_is_nonsense(client: Client) -> None:
    assert "data-theme" not in client.get("/").text
    client.cookies["theme"] = '"><script>'
    assert "data-theme" not in client.get("/").text


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x"])
def test_it_refuses_to_lead_to_another_site(client: Client, address: str) -> None:
    assert client.post("/theme/", {"theme": "dark", "next": address}).headers["Location"] == "/"
