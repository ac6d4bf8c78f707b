"""Statements of reasons and appeals over HTTP: what everybody reads, who may appeal, what strangers learn."""

from __future__ import annotations

import pytest

from identity.primitives.clock import now
from reputation.moderation.ladder import Reason
from reputation.moderation.models import Appeal, Detection
from reputation.moderation.opening import open_case
from reputation.moderation.sanctions import Proposal, lift_sanction, propose_sanction
from tests.moderation.conftest import by
from tests.spending.conftest import buyer, make_holder  # noqa: F401

from .test_agents import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def throttle(buyer, olga):  # noqa: F811
    at = now()
    case = open_case(agent=buyer.agent, detection=Detection.OPERATOR, summary="Fraud", actor=by(olga), at=at)
    proposal = Proposal(level=2, reason=Reason.DISPUTE_RATIO, facts="Four of twenty purchases were disputed.")
    return propose_sanction(case=case, subject=buyer.agent, proposal=proposal, actor=by(olga), at=at)


def test_it_publishes_the_statement_of_reasons_to_everybody(client, throttle, buyer):  # noqa: F811
    answer = client.get(f"/v1/sanctions/{throttle.pk}")
    assert answer.status_code == 200
    statement = answer.json()
    assert statement["subject"] == buyer.agent.did
    assert statement["measure"] == "throttle"
    assert statement["state"] == "effective"
    assert statement["appeal"] is None
    assert statement["ground"] == {"kind": "terms", "clause": "7.2 disputed purchases"}
    assert statement["redress"]["target_working_days"] == 10
    assert "Appeal, free of charge" in statement["text"]
    for secret in ("Olga", "olga@", "Alice", "usr_"):
        assert secret not in answer.content.decode()


def test_it_lists_what_was_in_force_and_nothing_that_was_only_proposed(client, throttle, buyer, olga):  # noqa: F811
    proposal = Proposal(level=4, reason=Reason.CONFIRMED_FRAUD, facts="Proposed only.")
    proposed = propose_sanction(case=throttle.case, subject=buyer.agent, proposal=proposal, actor=by(olga), at=now())
    assert [item["id"] for item in client.get("/v1/sanctions").json()["items"]] == [throttle.pk]
    assert client.get(f"/v1/sanctions/{proposed.pk}").status_code == 404


def test_it_narrows_the_feed_by_agent_state_and_time(client, throttle, buyer, olga):  # noqa: F811
    def ids(query: str) -> list[str]:
        return [item["id"] for item in client.get(f"/v1/sanctions?{query}").json()["items"]]

    assert ids(f"agent={buyer.agent.pk}") == ids("state=effective") == [throttle.pk]
    assert ids("agent=agt_other") == ids("state=lifted") == ids("changed_since=2100-01-01T00:00:00Z") == []
    lift_sanction(sanction=throttle, reason="Settled.", actor=by(olga), at=now())
    assert ids("state=lifted") == [throttle.pk]
    assert client.get("/v1/sanctions?state=proposed").status_code == 422


def test_it_takes_the_appeal_of_the_organization_that_a_measure_hits(program, throttle, client):
    caller = program
    answer = caller.post("/v1/appeals", {"sanction": throttle.pk, "words": "The disputes were settled."})
    assert answer.status_code == 201, answer.content
    appeal = answer.json()
    assert appeal["state"] == "open"
    assert appeal["appellant"] == "subject"
    assert caller.get(f"/v1/appeals/{appeal['id']}").json() == appeal
    assert [item["id"] for item in caller.get("/v1/appeals").json()["items"]] == [appeal["id"]]
    seen = client.get(f"/v1/sanctions/{throttle.pk}").json()["appeal"]
    assert seen["state"] == "open"
    assert "words" not in seen
    refused(caller.post("/v1/appeals", {"sanction": throttle.pk, "words": "Again."}), 409, "appeal_exists")


def test_it_tells_a_stranger_that_there_is_nothing_to_appeal(stranger, throttle):
    known = stranger.post("/v1/appeals", {"sanction": throttle.pk, "words": "Me too."})
    unknown = stranger.post("/v1/appeals", {"sanction": "snc_none", "words": "Me too."})
    refused(known, 404, "not_found")
    refused(unknown, 404, "not_found")
    assert known.json()["detail"] == unknown.json()["detail"]
    assert not Appeal.objects.exists()


def test_it_needs_the_scope(reader, throttle):
    refused(reader.post("/v1/appeals", {"sanction": throttle.pk, "words": "x"}), 403, "scope_missing")
    refused(reader.get("/v1/appeals"), 403, "scope_missing")


def test_it_lets_the_appellant_withdraw_once(program, throttle):
    caller = program
    appeal = caller.post("/v1/appeals", {"sanction": throttle.pk, "words": "Wrong."}).json()["id"]
    assert caller.post(f"/v1/appeals/{appeal}/withdraw", {}).json()["state"] == "withdrawn"
    refused(caller.post(f"/v1/appeals/{appeal}/withdraw", {}), 409, "appeal_ended")
