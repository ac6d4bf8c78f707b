"""Approvals over HTTP: polling, waiting, the event stream, withdrawing; and vendors."""

from __future__ import annotations

import json
import threading
from uuid import uuid4

import pytest
from django.db import connection

from identity.journal.actor import Actor, ActorKind
from identity.spending.answers import approve, decline
from identity.spending.models import Approval
from tests.spending.conftest import (  # noqa: F401
    TOTAL_500,
    buyer,
    grant,
    make_holder,
    nordlicht,
    pass_on,
    planner,
    shop,
)

ASK = {"type": "step_up", "when": {"always": True}}


@pytest.fixture
def asked(db, stranger, shop, buyer, grant) -> Approval:  # noqa: F811
    body = {"intent": shop.intent(buyer, grant(buyer, TOTAL_500, ASK)), "amount": {"amount": 4000, "currency": "EUR"}}
    answer = stranger.post("/v1/authorizations", body, Idempotency_Key=uuid4().hex)
    assert answer.status_code == 202, answer.content
    return Approval.objects.get(pk=answer.json()["approval"]["id"])


def say(approval, person, at, *, yes):
    actor = Actor(ActorKind.USER, person.pk)
    if yes:
        return approve(approval=approval, approver=person, evidence={"type": "WebAuthnApproval"}, actor=actor, at=at)
    return decline(approval=approval, approver=person, actor=actor, at=at)


@pytest.mark.django_db
def test_it_shows_the_principal_why_and_the_vendor_only_the_state(program, stranger, asked):
    mine = program.get(f"/v1/approvals/{asked.pk}").json()
    assert mine["why"][0]["code"] == "approval_required"
    assert mine["transaction"]["amount"] == {"amount": 4000, "currency": "EUR", "exponent": 2}
    assert mine["quorum"] == {"need": 1, "got": 0}
    theirs = stranger.get(f"/v1/approvals/{asked.pk}")
    assert set(theirs.json()) == {"id", "state", "created_at", "expires_at", "links"}
    assert theirs["Retry-After"] == "5"


@pytest.mark.django_db
def test_it_tells_what_became_of_the_question(program, asked, alice, at):
    say(asked, alice, at, yes=True)
    body = program.get(f"/v1/approvals/{asked.pk}").json()
    assert body["state"] == "approved"
    assert body["elevation"]["uses_left"] == 1
    assert [item["id"] for item in program.get("/v1/approvals").json()["items"]] == [asked.pk]


@pytest.mark.django_db
def test_it_says_when_to_come_back_after_a_no(program, asked, alice, at):
    say(asked, alice, at, yes=False)
    body = program.get(f"/v1/approvals/{asked.pk}").json()
    assert (body["state"], "retry_after" in body) == ("denied", True)


@pytest.mark.django_db
def test_it_can_be_withdrawn_once(program, stranger, asked):
    assert stranger.post(f"/v1/approvals/{asked.pk}/cancel", {}).status_code == 404
    assert program.post(f"/v1/approvals/{asked.pk}/cancel", {}).json()["state"] == "cancelled"
    again = program.post(f"/v1/approvals/{asked.pk}/cancel", {})
    assert (again.status_code, again.json()["code"]) == (409, "approval_ended")


@pytest.mark.django_db(transaction=True)
def test_it_holds_its_answer_back_until_the_human_has_answered(program, asked, alice, at):
    def answer():
        try:
            say(asked, alice, at, yes=True)
        finally:
            connection.close()

    person = threading.Timer(1.0, answer)
    person.start()
    answered = program.get(f"/v1/approvals/{asked.pk}", Prefer="wait=20")
    person.join()
    assert answered.json()["state"] == "approved"
    assert answered["Preference-Applied"] == "wait=20"


@pytest.mark.django_db
def test_it_streams_each_state_once(program, asked, alice, at):
    say(asked, alice, at, yes=True)
    stream = program.get(f"/v1/approvals/{asked.pk}/events", Accept="text/event-stream")
    assert stream["Content-Type"] == "text/event-stream"
    text = b"".join(stream.streaming_content).decode()
    assert f"id: {asked.pk}:approved\nevent: approved\n" in text
    data = json.loads(text.split("data: ")[1].split("\n")[0])
    assert data["state"] == "approved"
    resumed = program.get(f"/v1/approvals/{asked.pk}/events", Last_Event_ID=f"{asked.pk}:approved")
    assert "event:" not in b"".join(resumed.streaming_content).decode()


@pytest.mark.django_db
def test_a_vendor_is_registered_and_found_by_anybody(program, nobody, acme, make_agent):
    agent = make_agent(acme, "Acme Shop")
    body = {"agent": agent.pk, "mcc": "5734", "country": "DE", "domains": ["acme.example"]}
    made = program.post("/v1/vendors", body)
    assert made.status_code == 201, made.content
    assert made.json()["assurance_level"] == 0
    assert nobody.get(f"/v1/vendors/{agent.did}").json() == made.json()
    assert [item["id"] for item in program.get("/v1/vendors").json()["items"]] == [agent.pk]
    assert nobody.get("/v1/vendors/agt_unknown").status_code == 404
    assert program.post("/v1/vendors", {**body, "mcc": "57"}).status_code == 422
