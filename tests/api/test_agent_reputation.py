"""``/v1/agents/<id>/reputation``: figures for everybody, reasons for those concerned, a door to contest them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.agents.models import Agent
from identity.delegation.constraints import complete_draft, parse_constraints
from identity.delegation.delegate import delegate_root, strong_sign_in_evidence
from identity.delegation.link import Terms
from identity.journal.actor import system
from reputation.scoring.evidence import add_case_evidence
from reputation.scoring.formula import SeverityKind

TESTS = system("tests")


@pytest.fixture
def agent(acme, make_agent) -> Agent:
    return make_agent(acme)


@pytest.fixture
def item(agent, at):
    return add_case_evidence(
        agent=agent,
        case="cas_1",
        report="rpt_1",
        vendor="agt_reporter",
        severity=SeverityKind.DISPUTE,
        quality=1.0,
        actor=TESTS,
        at=at,
    )


def test_it_gives_everybody_the_figures_and_nothing_more(nobody, stranger, agent, item):
    for caller in (nobody, stranger):
        body = caller.get(f"/v1/agents/{agent.pk}/reputation").json()
        assert body["agent"] == agent.pk
        assert set(body["reputation"]) == {"band", "score", "sample_size", "formula"}
        assert body["explanation"] is None


def test_it_explains_itself_to_the_organization(program, agent, item):
    explained = program.get(f"/v1/agents/{agent.pk}/reputation").json()["explanation"]
    assert (explained["viewer"], explained["b"], explained["n"]) == ("organization", 4.0, 6.0)
    (case,) = explained["cases"]
    assert (case["id"], case["case"], case["severity"], case["contest"]) == (item.pk, "cas_1", "dispute", None)
    assert "rpt_1" not in str(explained)
    assert "agt_reporter" not in str(explained)


def test_it_does_not_explain_itself_to_a_key_without_the_scope(reader, agent, item):
    assert reader.get(f"/v1/agents/{agent.pk}/reputation").json()["explanation"] is None


def test_it_explains_itself_to_a_principal(stranger, charlie, agent, item, at):
    from identity.accounts.organizations import personal_organization

    limits = [{"type": "total", "amount": 5000, "currency": "EUR", "exponent": 2}]
    terms = Terms(
        constraints=parse_constraints(complete_draft(limits)),
        valid_from=at - timedelta(days=1),
        valid_until=at + timedelta(days=30),
    )
    delegate_root(
        principal=personal_organization(charlie, at),
        agent=agent,
        terms=terms,
        evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
        actor=TESTS,
        at=at,
    )
    explained = stranger.get(f"/v1/agents/{agent.pk}/reputation").json()["explanation"]
    assert (explained["viewer"], len(explained["cases"])) == ("principal", 1)


def test_it_knows_no_agent_of_that_name(nobody, db):
    response = nobody.get("/v1/agents/agt_nobody/reputation")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_it_takes_a_contest_and_shows_it(program, agent, item):
    path = f"/v1/agents/{agent.pk}/reputation/contests"
    made = program.post(path, {"item": item.pk, "text": "The parcel came on time."})
    assert made.status_code == 201
    assert made.json()["state"] == "open"
    assert program.get(path).json()["items"] == [made.json()]
    case = program.get(f"/v1/agents/{agent.pk}/reputation").json()["explanation"]["cases"][0]
    assert case["contest"] == "open"


def test_it_answers_a_repeated_contest_the_same_once(program, agent, item):
    path, body = f"/v1/agents/{agent.pk}/reputation/contests", {"item": item.pk, "text": "It came."}
    first = program.post(path, body, Idempotency_Key="one")
    assert program.post(path, body, Idempotency_Key="one").json() == first.json()
    assert program.post(path, body).json()["code"] == "item_contested_before"


@pytest.mark.parametrize("caller", ["stranger", "reader", "nobody"])
def test_it_takes_no_contest_of_anybody_else(request, caller, agent, item):
    answer = request.getfixturevalue(caller).post(
        f"/v1/agents/{agent.pk}/reputation/contests", {"item": item.pk, "text": "It came."}
    )
    assert answer.status_code == {"stranger": 404, "reader": 403, "nobody": 401}[caller]


@pytest.mark.parametrize("body", [{}, {"item": "cev_x"}, {"item": "cev_x", "text": ""}, {"item": 1, "text": "x"}])
def test_it_refuses_what_is_no_contest(program, agent, body):
    assert program.post(f"/v1/agents/{agent.pk}/reputation/contests", body).status_code == 422
