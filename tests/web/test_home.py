"""The home page: what this is, and a real answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from identity.agents.models import Agent
from registry.directory.models import Name
from registry.web import figures

pytestmark = pytest.mark.django_db


def test_it_teaches_when_nothing_is_registered(client: Client) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "Nothing is registered yet" in page.text


def test_it_shows_a_live_answer_about_an_agent_that_somebody_answers_for(
    client: Client, unclaimed: Name, concierge: Agent, concierge_name: Name
) -> None:
    page = client.get("/")
    assert 'href="/a/concierge.acme"' in page.text
    assert "Signed by" in page.text


def test_it_falls_back_to_an_unclaimed_one(client: Client, unclaimed: Name) -> None:
    assert f'href="/a/{unclaimed.fqn}"' in client.get("/").text


def test_it_stops_counting_where_counting_gets_dear(
    client: Client, concierge_name: Name, unclaimed: Name, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "COUNTED_MAX", 1)
    assert "more than 1" in client.get("/").text


def test_it_asks_the_database_a_bounded_number_of_times(
    client: Client, concierge_name: Name, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client.get("/")
    with django_assert_max_num_queries(8):
        client.get("/")
