"""Lending authority in five questions: presets, what is kept between the steps, the live picture, going back."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from identity.delegation.models import DelegationDraft

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(acme: Any, make_agent: Any) -> Any:
    return make_agent(acme, "Planner")


@pytest.fixture
def browser(client: Client, alice: Any) -> Client:
    client.force_login(alice)
    return client


def answers(response: Any) -> dict[str, Any]:
    """What the page's form would send on, as it stands: kept answers and the fields shown."""
    asked = response.context["asked"]
    sent: dict[str, Any] = {}
    for name, value in asked.kept:
        sent.setdefault(name, []).append(value)
    for bound in asked.fields:
        value = bound.value()
        if value not in (None, "", False, []):
            sent[bound.name] = "on" if value is True else value
    return sent


def step(browser: Client, acme: Any, key: str, sent: dict[str, Any]) -> Any:
    return browser.get(f"/console/{acme.pk}/delegations/new/", {**sent, "step": key})


def walk(browser: Client, acme: Any, agent: Any, preset: str, **changes: str) -> Any:
    """Through all five steps with what the preset offers; the answer to the last post."""
    sent: dict[str, Any] = {"agent": agent.did, "preset": preset, **changes}
    for key in ("amounts", "where", "when", "asking"):
        response = step(browser, acme, key, sent)
        assert response.context["asked"].step.key == key, response.context["form"].errors
        sent = answers(response)
    return browser.post(f"/console/{acme.pk}/delegations/new/", sent)


@pytest.mark.parametrize(
    ("preset", "kinds"),
    [
        ("groceries", ["total", "per_transaction", "per_period", "categories", "step_up", "purpose"]),
        ("travel", ["total", "per_transaction", "categories", "step_up", "purpose"]),
        ("software", ["total", "per_transaction", "per_period", "categories", "step_up", "purpose"]),
        ("research", ["total", "purpose"]),
    ],
)
def test_a_preset_leads_to_a_draft_without_typing_an_amount(
    browser: Client, acme: Any, agent: Any, preset: str, kinds: list[str]
) -> None:
    response = walk(browser, acme, agent, preset)
    assert response.status_code == 302, response.context["form"].errors
    limits = DelegationDraft.objects.get().document["credentialSubject"]["limits"]
    assert [limit["type"] for limit in limits] == kinds


def test_research_gets_no_money_at_all(browser: Client, acme: Any, agent: Any) -> None:
    walk(browser, acme, agent, "research")
    draft = DelegationDraft.objects.get()
    assert draft.document["credentialSubject"]["limits"][0]["amount"] == 0
    page = browser.get(f"/console/{acme.pk}/delegations/drafts/{draft.pk}/").content.decode()
    assert "No money at all" in page
    assert "Goes through" not in page


def test_another_preset_forgets_what_the_first_filled_in(browser: Client, acme: Any, agent: Any) -> None:
    first = answers(step(browser, acme, "amounts", {"agent": agent.did, "preset": "groceries"}))
    second = step(browser, acme, "amounts", {**first, "preset": "software"})
    assert second.context["form"]["per_month"].value() == "100"
    assert second.context["form"]["purpose"].value() == "Software and online services"


def test_what_was_typed_outlives_going_back(browser: Client, acme: Any, agent: Any) -> None:
    sent = answers(step(browser, acme, "amounts", {"agent": agent.did, "preset": "own"}))
    later = step(browser, acme, "where", {**sent, "total": "77"})
    back = browser.get(f"/console/{acme.pk}/delegations/new/?{later.context['asked'].back}")
    assert back.context["form"]["total"].value() == "77"


@pytest.mark.parametrize(
    ("wanted", "wrong", "shown"),
    [
        ("amounts", {"agent": "nobody.nowhere"}, "who"),
        ("asking", {"agent": "nobody.nowhere"}, "who"),
        ("where", {"total": "1.000,00"}, "amounts"),
        ("asking", {"countries": "Germany"}, "where"),
        ("asking", {"timezone": "Berlin", "per_month": "5"}, "when"),
    ],
)
def test_it_comes_back_to_the_step_that_cannot_stand(
    browser: Client, acme: Any, agent: Any, wanted: str, wrong: dict[str, str], shown: str
) -> None:
    sent = answers(step(browser, acme, "amounts", {"agent": agent.did, "preset": "travel"}))
    response = step(browser, acme, wanted, {**sent, **wrong})
    assert response.status_code == 422
    assert response.context["asked"].step.key == shown


def test_nothing_is_asked_of_a_step_before_it_was_shown(browser: Client, acme: Any, agent: Any) -> None:
    response = step(browser, acme, "amounts", {"agent": agent.did, "preset": "own"})
    assert response.status_code == 200
    assert "Something needs your attention" not in response.content.decode()


def test_a_session_that_ends_in_the_middle_leads_back_to_the_same_step(client: Client, acme: Any, agent: Any) -> None:
    response = client.get(
        f"/console/{acme.pk}/delegations/new/", {"agent": agent.did, "preset": "travel", "step": "where"}
    )
    assert response.status_code == 302
    kept = parse_qs(urlsplit(parse_qs(urlsplit(response["Location"]).query)["next"][0]).query)
    assert (kept["agent"], kept["step"]) == ([agent.did], ["where"])


def test_the_live_picture_is_decided_by_the_rule(browser: Client, acme: Any, agent: Any, make_well_known: Any) -> None:
    make_well_known(acme)
    sent = answers(step(browser, acme, "amounts", {"agent": agent.did, "preset": "groceries"}))
    page = browser.get(f"/console/{acme.pk}/delegations/new/preview/", sent)
    told = {example.words.split(",")[0]: example for example in page.context["preview"].examples}
    assert told["30.00 EUR at a shop it knows"].answer == "Goes through"
    assert told["30.00 EUR at a new shop"].answer == "Asks you"
    assert told["61.00 EUR at a shop it knows"].why == "above 60.00 EUR"
    assert told["101.00 EUR at a shop it knows"].answer == "Asks you"
    assert told["30.00 EUR at another kind of shop"].answer == "Asks you"


def test_the_picture_says_what_the_register_itself_allows(browser: Client, acme: Any, agent: Any) -> None:
    sent = answers(step(browser, acme, "amounts", {"agent": agent.did, "preset": "groceries"}))
    page = browser.get(f"/console/{acme.pk}/delegations/new/preview/", sent).content.decode()
    assert "The register itself lets this agent spend at most" in page


@pytest.mark.parametrize(
    "query", ["", "step=asking", "step=nowhere&preset=nothing", "kinds=x&total=%F0%9F%92%B8&days=x"]
)
def test_it_answers_whatever_the_address_says(browser: Client, acme: Any, query: str) -> None:
    for place in ("new/", "new/preview/"):
        assert browser.get(f"/console/{acme.pk}/delegations/{place}?{query}").status_code in (200, 422)
