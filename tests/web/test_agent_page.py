"""An agent's page says what the signed answer says, in words, and nothing else."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from identity.accounts.models import Organization
from identity.agents.lifecycle import deactivate
from identity.agents.models import Agent
from identity.journal.actor import system
from registry.directory.models import Name, NameStatus
from registry.directory.records import RecordForm, replace_records
from registry.directory.register import register_name
from registry.resolution.resolve import resolve

pytestmark = pytest.mark.django_db


def test_it_tells_who_answers_for_the_agent_and_with_which_key(
    client: Client, concierge: Agent, concierge_name: Name
) -> None:
    page = client.get("/a/concierge.acme")
    assert page.status_code == 200
    assert "Acme" in page.text
    assert concierge.did in page.text
    assert concierge.verification_methods.get().multikey in page.text
    assert "https://acme.example/.well-known/agent-card.json" in page.text


def test_it_shows_the_very_bytes_that_the_resolver_serves(client: Client, concierge_name: Name, at: datetime) -> None:
    page = client.get("/a/concierge.acme")
    answer = json.loads(resolve("concierge.acme", at=at).body)
    assert answer["proof"]["proofValue"] in page.text
    assert html.escape(json.dumps(answer, indent=2, ensure_ascii=False)) in page.text


def test_it_keeps_the_four_facts_apart(client: Client, concierge_name: Name) -> None:
    text = client.get("/a/concierge.acme").text
    for fact in ("Registered here", "Not checked yet", "Has proven control of its key", "No restriction"):
        assert fact in text


def test_it_is_found_by_did_too(client: Client, concierge: Agent, concierge_name: Name) -> None:
    page = client.get(f"/a/{concierge.did}")
    assert page.status_code == 200
    assert "concierge.acme" in page.text


def test_it_shows_a_suspension_at_once(
    client: Client, concierge_name: Name, suspend_concierge: Callable[..., Agent]
) -> None:
    assert "Suspended" not in client.get("/a/concierge.acme").text
    suspend_concierge("maintenance")
    text = client.get("/a/concierge.acme").text
    assert "Paused by its own organization" in text
    assert "Reason: maintenance" in text
    assert "Restricted" in text


def test_it_says_that_a_deactivated_agent_has_no_key(
    client: Client, concierge: Agent, concierge_name: Name, at: datetime
) -> None:
    multikey = concierge.verification_methods.get().multikey
    deactivate(agent=concierge, reason="retired", actor=system("tests"), at=at)
    page = client.get("/a/concierge.acme")
    assert page.status_code == 410
    assert "Ended for good" in page.text
    assert multikey not in page.text


def test_it_withholds_a_held_name(client: Client, concierge: Agent, concierge_name: Name) -> None:
    concierge_name.statuses = [NameStatus.CLIENT_HOLD]
    concierge_name.save(update_fields=["statuses"])
    page = client.get("/a/concierge.acme")
    assert page.status_code == 403
    assert "withheld" in page.text
    assert concierge.did not in page.text


def test_it_offers_an_unclaimed_agent_to_its_author_and_verifies_nothing(client: Client, unclaimed: Name) -> None:
    page = client.get(f"/a/{unclaimed.fqn}")
    assert page.status_code == 200
    assert f"/claim/{unclaimed.agent_id}/" in page.text
    assert "Nobody has claimed this agent here" in page.text
    assert "Imported from another directory" in page.text
    assert "Nothing proven to us" in page.text


def test_it_suggests_similar_names_but_never_a_held_one(
    client: Client, acme: Organization, concierge: Agent, concierge_name: Name, at: datetime
) -> None:
    page = client.get("/a/concierg.acme")
    assert page.status_code == 404
    assert 'href="/a/concierge.acme"' in page.text
    concierge_name.statuses = [NameStatus.SERVER_HOLD]
    concierge_name.save(update_fields=["statuses"])
    assert 'href="/a/concierge.acme"' not in client.get("/a/concierg.acme").text


@pytest.mark.parametrize("name", ["x", "..", "ünïcödé‮.acme", "a" * 2_000, "did:nonsense:", "<script>.acme"])
def test_it_answers_404_to_what_is_no_name(client: Client, name: str) -> None:
    page = client.get(f"/a/{name}")
    assert page.status_code == 404
    assert "<script>." not in page.text


def test_it_escapes_what_an_agent_says_about_itself(
    client: Client, acme: Organization, make_agent: Callable[..., Agent], concierge_name: Name, at: datetime
) -> None:
    hostile = "<script>alert(1)</script>"
    agent = make_agent(acme, hostile, description=f'"><img src=x onerror=alert(1)>{hostile}')
    name = register_name(zone=concierge_name.zone, label="hostile", agent=agent, actor=system("tests"), at=at)
    record = RecordForm(type="TXT", value="javascript:alert(1)", ttl_seconds=300)
    replace_records(name=name, records=[record], actor=system("tests"), at=at)
    for address in ("/a/hostile.acme", "/search?q=hostile", "/"):
        text = client.get(address).text
        assert hostile not in text
        assert "<img src=x" not in text
        assert 'href="javascript:' not in text


def test_it_shows_public_events_only(client: Client, concierge: Agent, concierge_name: Name) -> None:
    text = client.get("/a/concierge.acme").text
    assert "Registered with proof of control of its key" in text
    assert "system:tests" not in text


def test_it_asks_the_database_a_bounded_number_of_times(
    client: Client, concierge_name: Name, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client.get("/a/concierge.acme")
    with django_assert_max_num_queries(4):
        client.get("/a/concierge.acme")
