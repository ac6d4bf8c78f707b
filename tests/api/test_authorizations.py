"""Authorizations over HTTP: the three answers, idempotency, captures, and who may read how much."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from identity.journal.actor import Actor, ActorKind
from identity.primitives.clock import now
from identity.spending.models import Authorization, Budget, Decision
from reputation.moderation.ladder import Reason
from reputation.moderation.sanctions import Proposal, impose_in_emergency
from tests.spending.conftest import (  # noqa: F401
    TOTAL_500,
    Shop,
    buyer,
    euros,
    grant,
    make_holder,
    nordlicht,
    pass_on,
    planner,
    shop,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(charlie, at, nordlicht, stranger):  # noqa: F811
    """Charlie's program: it sells as Nordlicht."""
    return stranger


def ask(caller, shop: Shop, intent: str, amount=4000, *, key=None, **more):  # noqa: F811
    body = {"intent": intent, "amount": {"amount": amount, "currency": more.pop("currency", "EUR")}, **more}
    headers = {} if key == "" else {"Idempotency_Key": key or uuid4().hex}
    return caller.post("/v1/authorizations", body, **headers)


def test_it_answers_201_with_a_signed_receipt(market, shop, buyer, grant):  # noqa: F811
    leaf = grant(buyer, TOTAL_500)
    answer = ask(market, shop, shop.intent(buyer, leaf), order={"display": "1 × USB-C dock"})
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["decision"] == "approved"
    assert body["held"] == {"amount": 4000, "currency": "EUR", "exponent": 2}
    assert body["receipt"].count(".") == 2
    assert answer["Location"] == f"/v1/authorizations/{body['authorization_id']}"


def test_it_declines_with_402_and_the_public_code_only(market, shop, buyer, grant):  # noqa: F811
    leaf = grant(buyer, euros("total", 1000))
    answer = ask(market, shop, shop.intent(buyer, leaf))
    assert answer.status_code == 402
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["code"], body["decision"], body["reasons"]) == (
        "spend_declined",
        "declined",
        [{"code": "limit_exceeded"}],
    )
    assert body["decision_id"].startswith("dec_")
    assert "total_exceeded" not in answer.content.decode()
    assert Budget.objects.filter(held__gt=0).count() == 0


def test_it_asks_the_human_with_202(market, shop, buyer, grant):  # noqa: F811
    leaf = grant(buyer, TOTAL_500, {"type": "step_up", "when": {"amountOver": 2500, "currency": "EUR"}})
    answer = ask(market, shop, shop.intent(buyer, leaf))
    assert answer.status_code == 202
    body = answer.json()
    assert body["reasons"] == [{"code": "approval_required"}]
    look = market.get(f"/v1/approvals/{body['approval']['id']}")
    assert look.status_code == 200
    assert look.json()["state"] == "pending"
    assert "why" not in look.json()


def test_it_gives_the_same_answer_to_the_same_key(market, shop, buyer, grant):  # noqa: F811
    leaf = grant(buyer, TOTAL_500)
    intent, key = shop.intent(buyer, leaf), uuid4().hex
    first, second = (ask(market, shop, intent, key=key) for _ in range(2))
    assert first.json() == second.json()
    assert second["Idempotency-Replayed"] == "true"
    assert Authorization.objects.count() == 1
    other = ask(market, shop, intent, 3000, key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_it_takes_no_spend_without_a_key(market, shop, buyer, grant):  # noqa: F811
    answer = ask(market, shop, shop.intent(buyer, grant(buyer, TOTAL_500)), key="")
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


def test_it_does_not_let_an_intent_be_used_by_another_vendor(program, shop, buyer, grant):  # noqa: F811
    answer = ask(program, shop, shop.intent(buyer, grant(buyer, TOTAL_500)))
    assert answer.status_code == 402
    assert answer.json()["reasons"] == [{"code": "vendor_not_eligible"}]


@pytest.mark.parametrize(
    "intent", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.AA", "🙂" * 10, "x" * 9000], ids=range(6)
)
def test_it_answers_nonsense_with_a_code(market, shop, intent):  # noqa: F811
    answer = ask(market, shop, intent)
    assert answer.status_code in (402, 422)
    assert Authorization.objects.count() == 0


@pytest.mark.parametrize(
    "amount",
    [
        {"amount": -1, "currency": "EUR"},
        {"amount": 0, "currency": "EUR"},
        {"amount": 40.5, "currency": "EUR"},
        {"amount": "4000", "currency": "EUR"},
        {"amount": 10**16, "currency": "EUR"},
        {"amount": 4000, "currency": "EURO"},
        {"amount": 4000, "currency": "EUR", "exponent": 0},
        {"amount": True, "currency": "EUR"},
    ],
    ids=str,
)
def test_it_refuses_amounts_that_are_none(market, shop, buyer, grant, amount):  # noqa: F811
    body = {"intent": shop.intent(buyer, grant(buyer, TOTAL_500)), "amount": amount}
    answer = market.post("/v1/authorizations", body, Idempotency_Key=uuid4().hex)
    assert answer.status_code in (400, 422)
    assert Decision.objects.count() == 0


def test_it_captures_and_refunds(market, shop, buyer, grant):  # noqa: F811
    leaf = grant(buyer, TOTAL_500)
    name = ask(market, shop, shop.intent(buyer, leaf)).json()["authorization_id"]
    amount = {"amount": {"amount": 3500, "currency": "EUR"}}
    captured = market.post(f"/v1/authorizations/{name}/captures", {**amount, "final": True}, Idempotency_Key="c1")
    assert captured.status_code == 201, captured.content
    assert captured.json()["released"] == 500
    back = market.post(
        f"/v1/authorizations/{name}/refunds", {"amount": {"amount": 500, "currency": "EUR"}}, Idempotency_Key="r1"
    )
    assert back.status_code == 201
    budget = Budget.objects.get(pk=f"{leaf.pk}:L1:life")
    assert (budget.held, budget.captured) == (0, 3000)
    again = market.post(f"/v1/authorizations/{name}/captures", amount, Idempotency_Key="c2")
    assert (again.status_code, again.json()["code"]) == (409, "hold_already_captured")


def test_it_shows_each_party_its_own_part_of_the_evidence(market, program, shop, buyer, planner, grant, pass_on):  # noqa: F811
    root = grant(planner, euros("total", 1000), max_further_depth=1)
    leaf = pass_on(root, planner, buyer, euros("total", 900))
    decision = ask(market, shop, shop.intent(buyer, leaf)).json()["decision_id"]
    vendor = market.get(f"/v1/evidence/{decision}").json()
    assert vendor["code"] == "limit_exceeded"
    assert "limits" not in vendor
    principal = program.get(f"/v1/evidence/{decision}").json()
    assert [limit["cap"] for limit in principal["limits"]] == [1000, 900, 500_000]


def test_it_hides_an_authorization_from_strangers(program, market, shop, buyer, grant, make_person, at):  # noqa: F811
    from identity.accounts.organizations import personal_organization
    from identity.accounts.service_keys import SCOPES, create_service_key
    from identity.journal.actor import system
    from tests.api.conftest import Caller

    name = ask(market, shop, shop.intent(buyer, grant(buyer, TOTAL_500))).json()["authorization_id"]
    eve = make_person("Eve")
    key, token = create_service_key(
        organization=personal_organization(eve, at), name="x", scopes=list(SCOPES), expires_at=None,
        actor=system("tests"), at=at, created_by=eve,
    )  # fmt: skip
    assert Caller(token, key).get(f"/v1/authorizations/{name}").status_code == 404
    assert Caller(token, key).post(f"/v1/authorizations/{name}/void", {}, Idempotency_Key="v").status_code == 404
    assert program.get(f"/v1/authorizations/{name}").status_code == 200


def test_it_declines_an_order_hash_that_is_longer_than_any_digest(market, shop, buyer, grant):  # noqa: F811
    order_hash = "sha-256:" + "A" * 128
    answer = ask(market, shop, shop.intent(buyer, grant(buyer, TOTAL_500), order_hash=order_hash))
    assert (answer.status_code, answer.json()["reasons"]) == (402, [{"code": "agent_not_verified"}])
    assert Authorization.objects.count() == 0


@pytest.mark.parametrize("step", ["captures", "refunds", "force-posts"])
def test_it_tells_whoever_is_not_its_vendor_nothing_of_an_authorization(program, shop, buyer, grant, step):  # noqa: F811
    """Not even its currency; neither to the principal, who reads it elsewhere."""
    held = shop.spend(buyer, grant(buyer, TOTAL_500)).authorization
    body = {"amount": {"amount": 1, "currency": "USD"}} | ({"evidence": "x"} if step == "force-posts" else {})
    answer = program.post(f"/v1/authorizations/{held}/{step}", body, Idempotency_Key=uuid4().hex)
    assert (answer.status_code, answer.json()["code"]) == (404, "hold_not_found")


@pytest.mark.parametrize("way", ["quick", "view"])
def test_it_ends_an_emergency_that_ran_out_though_no_worker_has(way, market, shop, buyer, grant, olga):  # noqa: F811
    """The restriction holds without workers, and so does its end: the refused try ends it, the next one passes."""
    leaf = grant(buyer, TOTAL_500)
    proposal = Proposal(level=3, reason=Reason.KEY_COMPROMISE, facts="A key was published.")
    emergency = {
        "case": None,
        "subject": buyer.agent,
        "proposal": proposal,
        "actor": Actor(ActorKind.OPERATOR, olga.pk),
    }
    sanction = impose_in_emergency(at=now() - timedelta(hours=73), **emergency)
    more = {"tolerance_percent": 0} if way == "view" else {}
    first = ask(market, shop, shop.intent(buyer, leaf), **more)
    assert (first.status_code, first.json()["reasons"]) == (402, [{"code": "agent_not_eligible"}])
    sanction.refresh_from_db()
    assert sanction.state == "lapsed"
    assert ask(market, shop, shop.intent(buyer, leaf), **more).status_code == 201
