"""The search page: results, filters, pages, and what it says when there is nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.journal.actor import system
from registry.directory.models import Name
from registry.directory.register import register_name

pytestmark = pytest.mark.django_db


def test_it_finds_by_description_and_says_how_far_each_is_known(
    client: Client, concierge_name: Name, unclaimed: Name
) -> None:
    claimed, imported = client.get("/search?q=trains").text, client.get("/search?q=weather").text
    assert 'href="/a/concierge.acme"' in claimed
    assert "Active" in claimed
    assert "Answers for it: Acme" in claimed
    assert f'href="/a/{unclaimed.fqn}"' in imported
    assert "Unclaimed" in imported
    assert "Nobody answers for it here yet" in imported


def test_it_narrows_by_capability_and_lets_go_of_it_again(client: Client, concierge_name: Name) -> None:
    page = client.get("/search?q=trains&capability=booking")
    assert 'href="/a/concierge.acme"' in page.text
    assert 'class="tag tag-on" href="/search?q=trains"' in page.text
    assert 'href="/a/concierge.acme"' not in client.get("/search?q=trains&capability=flying").text


def test_it_teaches_when_nothing_is_found(client: Client, concierge_name: Name) -> None:
    page = client.get("/search?q=zzzzzzzz")
    assert page.status_code == 200
    assert "Nothing found" in page.text
    assert "Try fewer words" in page.text


def test_it_leads_straight_to_a_did(client: Client, concierge: Agent) -> None:
    page = client.get("/search", {"q": concierge.did})
    assert page.status_code == 302
    assert page.headers["Location"].startswith("/a/did:web:")


def test_it_never_follows_a_did_to_another_site(client: Client) -> None:
    page = client.get("/search", {"q": "did:web:evil.example//evil.example/"})
    assert page.headers["Location"].startswith("/a/did:web:")


@pytest.mark.parametrize("query", ["q=" + "a" * 300, "after=nonsense", "capability=" + "b" * 100, "after=%00"])
def test_it_refuses_nonsense_with_a_sentence(client: Client, query: str) -> None:
    page = client.get(f"/search?{query}")
    assert page.status_code == 400
    assert "Start again" in page.text


def test_it_goes_on_to_the_next_page_by_key(
    client: Client, acme: Organization, make_agent: Callable[..., Agent], concierge_name: Name, at: datetime
) -> None:
    for number in range(21):
        agent = make_agent(acme, f"Porter {number}")
        register_name(zone=concierge_name.zone, label=f"porter-{number}", agent=agent, actor=system("tests"), at=at)
    first = client.get("/search?q=porter")
    found = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert found is not None
    second = client.get(found[1].replace("&amp;", "&"))
    assert "Back to the first page" in second.text
    names = re.findall(r'href="/a/(porter-[^"]+)"', first.text + second.text)
    assert len(names) == len(set(names)) == 21


def test_it_asks_the_database_a_bounded_number_of_times(
    client: Client, concierge_name: Name, unclaimed: Name, django_assert_max_num_queries: Callable[..., object]
) -> None:
    with django_assert_max_num_queries(6):
        client.get("/search?q=trains+weather")
