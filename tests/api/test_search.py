"""Search over HTTP: open to everybody, paged by key."""

from __future__ import annotations

import pytest

from identity.agents.models import Agent

pytestmark = pytest.mark.django_db


@pytest.fixture
def agents(acme, at):
    """Three agents of Acme's; two of them can both travel and pay."""
    for number, capabilities in enumerate([["travel", "pay"], ["travel", "pay"], ["travel"]]):
        Agent.objects.create(
            did=f"did:web:example.org:{number}",
            organization=acme,
            display_name=f"Concierge {number}",
            description="Books a table",
            capabilities=capabilities,
        )


def test_it_finds_by_words_and_capabilities(nobody, agents):
    found = nobody.get("/v1/search?q=concierge&capability=travel&capability=pay").json()
    assert sorted(item["title"] for item in found["items"]) == ["Concierge 0", "Concierge 1"]
    assert found["items"][0]["organization"] == "Acme"
    assert found["next_cursor"] is None


def test_it_pages_without_losing_or_repeating(nobody, agents):
    first = nobody.get("/v1/search?q=concierge&limit=2").json()
    rest = nobody.get(f"/v1/search?q=concierge&limit=2&cursor={first['next_cursor']}").json()
    titles = [item["title"] for item in first["items"] + rest["items"]]
    assert sorted(titles) == ["Concierge 0", "Concierge 1", "Concierge 2"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("cursor=abc", "invalid_cursor"),
        ("limit=0", "invalid_input"),
        ("limit=x", "invalid_input"),
        ("q=" + "a" * 201, "invalid_input"),
        ("colour=red", "invalid_input"),
        ("&".join(f"capability=c{number}" for number in range(9)), "invalid_input"),
    ],
)
def test_it_refuses_what_it_cannot_answer(nobody, query, code):
    answer = nobody.get(f"/v1/search?{query}")
    assert answer.json()["code"] == code
