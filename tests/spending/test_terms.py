"""The terms of an agent: its score, a throttle, insurance and a bond, and what each does to its spends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from identity.agents import fence
from identity.journal.actor import system
from identity.journal.models import Event
from identity.primitives.errors import InvalidInput
from identity.primitives.money import Money
from identity.spending.answers import approve
from identity.spending.disclosure import Tier, answer_for_vendor, disclosed
from identity.spending.increment import increment
from identity.spending.models import AgentTerms, Approval, Budget
from identity.spending.terms import Cover, set_bond, set_insurance, set_score, set_scores, set_throttle

from .conftest import TOTAL_500, euros

pytestmark = pytest.mark.django_db
BY = system("tests")
ASKS_ALWAYS = {"type": "step_up", "when": {"always": True}}
ASKS_ABOVE_400 = {"type": "step_up", "when": {"amountOver": 40_000, "currency": "EUR", "exponent": 2}}
INSURER = "did:web:insurer.example"


def throttle(holder, at, is_throttled=True):
    with transaction.atomic():
        fence.exclusive(holder.agent.pk)
        return set_throttle(agent=holder.agent, is_throttled=is_throttled, actor=BY, at=at)


def cover(at, amount=100_000, **changes):
    values = {"by": INSURER, "certificate": "urn:uuid:1", "until": at + timedelta(days=30), **changes}
    return Cover(amount=amount, **values)


def codes(decided):
    return [(reason["code"], reason["limit"]) for reason in decided.record["reasons"]]


# --- score ---


def test_a_limit_on_the_score_is_judged_by_the_real_one(shop, buyer, grant, at):
    leaf = grant(buyer, TOTAL_500, {"type": "min_reputation", "min": 600})
    assert codes(shop.spend(buyer, leaf)) == [("reputation_too_low", "L2")]
    set_score(agent=buyer.agent.pk, score=599, band="fair", at=at)
    assert codes(shop.spend(buyer, leaf)) == [("reputation_too_low", "L2")]
    set_score(agent=buyer.agent.pk, score=600, band="fair", at=at)
    decided = shop.spend(buyer, leaf)
    assert decided.verdict == "approved"
    assert decided.record["terms"] == {"assurance_level": 3, "band": "fair", "score": 600, "throttled": False}


def test_it_writes_many_scores_at_once_and_those_that_changed_only(make_holder, at):
    agents = [make_holder(name).agent.pk for name in ("One", "Two", "Three")]
    scores = [(agents[0], 121, "unproven"), (agents[1], 700, "good"), (agents[2], None, "unproven")]
    assert set_scores(scores, at=at) == 3
    assert set_scores(scores, at=at) == 0
    assert set_scores([(agents[1], 860, "strong"), (agents[0], 121, "unproven")], at=at) == 1
    assert AgentTerms.objects.get(pk=agents[1]).band == "strong"
    assert set_scores([], at=at) == 0


@pytest.mark.parametrize("band", ["excellent", "", "STRONG"])
def test_it_refuses_a_band_that_nobody_knows(buyer, at, band):
    with pytest.raises(InvalidInput) as refusal:
        set_score(agent=buyer.agent.pk, score=1, band=band, at=at)
    assert refusal.value.code == "band_unknown"


def test_the_database_refuses_a_score_beyond_the_scale(buyer, at):
    with pytest.raises(IntegrityError), transaction.atomic():
        set_score(agent=buyer.agent.pk, score=1_001, band="strong", at=at)


def test_a_score_leaves_a_throttle_as_it_is(buyer, at):
    throttle(buyer, at)
    set_score(agent=buyer.agent.pk, score=900, band="strong", at=at)
    assert AgentTerms.objects.get(pk=buyer.agent.pk).is_throttled


# --- throttle ---


def test_a_throttled_agent_asks_its_human_about_every_purchase(shop, buyer, alice, grant, at):
    leaf = grant(
        buyer, TOTAL_500, {"type": "step_up", "when": {"amountOver": 40_000, "currency": "EUR", "exponent": 2}}
    )
    assert shop.spend(buyer, leaf, 100).verdict == "approved"
    throttle(buyer, at)
    asked = shop.spend(buyer, leaf, 100)
    assert (asked.verdict, codes(asked)) == ("step_up_required", [("approval_required", "X3")])
    question = Approval.objects.get(pk=asked.approval)
    evidence = {"type": "StrongSignIn", "method": "webauthn", "signedInAt": at.isoformat()}
    approve(approval=question, approver=alice, evidence=evidence, actor=BY, at=at)
    assert shop.spend(buyer, leaf, 100, approval=question.pk).verdict == "approved"
    assert shop.spend(buyer, leaf, 100).verdict == "step_up_required"


def test_a_throttled_agent_that_can_ask_nobody_buys_nothing(shop, buyer, grant, at):
    leaf = grant(buyer, TOTAL_500)
    throttle(buyer, at)
    decided = shop.spend(buyer, leaf, 100)
    assert (decided.verdict, codes(decided)) == ("declined", [("risk_hold", "X3")])
    assert answer_for_vendor(decided.record, "")["reasons"] == [{"code": "agent_not_eligible"}]


@pytest.mark.parametrize(("amount", "verdict"), [(1_500, "step_up_required"), (1_501, "declined")])
def test_a_throttled_agent_spends_a_quarter_of_what_the_chain_allows_at_once(
    shop, planner, buyer, grant, pass_on, at, amount, verdict
):
    root = grant(planner, TOTAL_500, euros("per_transaction", 9_000), max_further_depth=1)
    leaf = pass_on(root, planner, buyer, TOTAL_500, euros("per_transaction", 6_000), ASKS_ALWAYS)
    throttle(buyer, at)
    decided = shop.spend(buyer, leaf, amount)
    assert decided.verdict == verdict
    assert (("exposure_ceiling_exceeded", "X2") in codes(decided)) == (verdict == "declined")


def test_without_such_a_limit_it_is_a_quarter_of_the_day(shop, buyer, grant, at, acme):
    type(acme).objects.update(assurance_level=1)  # 50 EUR a day
    leaf = grant(buyer, TOTAL_500, ASKS_ALWAYS)
    throttle(buyer, at)
    assert shop.spend(buyer, leaf, 1_250).verdict == "step_up_required"
    assert codes(shop.spend(buyer, leaf, 1_251))[0] == ("exposure_ceiling_exceeded", "X2")


def test_the_humans_word_never_lifts_what_the_registry_set(shop, buyer, alice, grant, at):
    """An approval that names the registry's own limits, however it came by them, lifts the question only."""
    leaf = grant(buyer, TOTAL_500, ASKS_ALWAYS)
    question = Approval.objects.get(pk=shop.spend(buyer, leaf, 20_000).approval)
    question.lifts = ["-1:X1", "-1:X2", "-1:X3", "0:L2"]
    question.save(update_fields=["lifts"])
    evidence = {"type": "StrongSignIn", "method": "webauthn", "signedInAt": at.isoformat()}
    approve(approval=question, approver=alice, evidence=evidence, actor=BY, at=at)
    type(buyer.agent.organization).objects.update(assurance_level=1)
    throttle(buyer, at)
    decided = shop.spend(buyer, leaf, 20_000, approval=question.pk)
    assert decided.verdict == "declined"
    assert codes(decided) == [("exposure_ceiling_exceeded", "X1"), ("exposure_ceiling_exceeded", "X2")]


def test_the_end_of_a_throttle_lets_the_agent_go_on(shop, buyer, grant, at):
    leaf = grant(buyer, TOTAL_500)
    assert throttle(buyer, at)
    assert not throttle(buyer, at)
    assert throttle(buyer, at, is_throttled=False)
    assert shop.spend(buyer, leaf).verdict == "approved"
    kinds = Event.objects.filter(subject=buyer.agent.pk).order_by("pk").values_list("kind", flat=True)
    assert [kind for kind in kinds if "throttled" in kind] == ["agent.throttled", "agent.unthrottled"]


def test_an_increment_of_a_throttled_agent_asks_its_human(shop, buyer, grant, at):
    leaf = grant(
        buyer, TOTAL_500, {"type": "step_up", "when": {"amountOver": 40_000, "currency": "EUR", "exponent": 2}}
    )
    first = shop.spend(buyer, leaf, 100)
    throttle(buyer, at)
    grown = increment(
        authorization_id=first.authorization,
        vendor=shop.vendor.pk,
        more=Money(50, "EUR"),
        intent=shop.intent(buyer, leaf, 150),
        caller_key=None,
        fingerprint="",
        actor=BY,
        at=at,
    )
    assert (grown.verdict, codes(grown)) == ("step_up_required", [("approval_required", "X3")])


# --- insurance and bond ---


def test_insurance_raises_the_ceiling_and_stands_in_the_answer(shop, buyer, grant, acme, at):
    type(acme).objects.update(assurance_level=0)  # 10 EUR a day
    leaf = grant(buyer, TOTAL_500)
    assert shop.spend(buyer, leaf).verdict == "declined"
    set_insurance(agent=buyer.agent, cover=cover(at, 3_000, actions=("/commerce/pay",)), actor=BY, at=at)
    decided = shop.spend(buyer, leaf)
    assert decided.verdict == "approved"
    assurance = {
        "insured_up_to": {"amount": 3_000, "currency": "EUR", "exponent": 2},
        "insurer": INSURER,
        "certificate": "urn:uuid:1",
    }
    assert answer_for_vendor(decided.record, decided.receipt)["assurance"] == assurance
    assert Budget.objects.get(pk=f"{buyer.agent.pk}:X1:{at.date()}").cap == 4_000
    assert shop.spend(buyer, leaf, 1).verdict == "declined"


@pytest.mark.parametrize(
    ("actions", "days"), [((), 30), (("/commerce/payroll",), 30), (("/commerce/pay/on",), 30), (("/commerce",), 1)]
)
def test_insurance_counts_for_what_it_covers_until_its_end(shop, buyer, grant, acme, at, actions, days):
    type(acme).objects.update(assurance_level=0)
    leaf = grant(buyer, TOTAL_500)
    ends = at + timedelta(days=days)
    set_insurance(agent=buyer.agent, cover=cover(at, until=ends, actions=actions), actor=BY, at=at)
    asked_at = at + timedelta(days=1)
    decided = shop.spend(buyer, leaf, at=asked_at)
    assert (decided.verdict, codes(decided)) == ("declined", [("exposure_ceiling_exceeded", "X1")])
    small = shop.spend(buyer, leaf, 500, at=asked_at)
    assert answer_for_vendor(small.record, small.receipt)["assurance"] is None


def test_a_bond_counts_with_four_fifths(shop, buyer, grant, acme, at):
    type(acme).objects.update(assurance_level=0)
    leaf = grant(buyer, TOTAL_500)
    set_bond(agent=buyer.agent, cover=cover(at, 5_000), actor=BY, at=at)
    assert shop.spend(buyer, leaf, 5_001).verdict == "declined"
    assert shop.spend(buyer, leaf, 5_000).verdict == "approved"
    set_bond(agent=buyer.agent, cover=None, actor=BY, at=at)
    assert shop.spend(buyer, leaf, 1).verdict == "declined"
    assert Event.objects.filter(subject=buyer.agent.pk, kind="agent.bond_set").count() == 2


@pytest.mark.parametrize(
    "changes", [{"amount": 0}, {"amount": -5}, {"amount": 10**15}, {"by": ""}, {"certificate": ""}, {"days": 0}]
)
def test_it_refuses_a_cover_that_is_none(buyer, at, changes):
    changes = dict(changes)
    until = at + timedelta(days=changes.pop("days", 1))
    with pytest.raises(InvalidInput) as refusal:
        set_insurance(agent=buyer.agent, cover=cover(at, until=until, **changes), actor=BY, at=at)
    assert refusal.value.code == "cover_invalid"


def test_the_database_refuses_cover_by_nobody(buyer):
    AgentTerms.objects.create(agent=buyer.agent)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE spending_agentterms SET insured_up_to = 5")


def test_neither_vendor_nor_agent_reads_the_ceiling(shop, buyer, grant, acme, at):
    type(acme).objects.update(assurance_level=0)
    decided = shop.spend(buyer, grant(buyer, TOTAL_500))
    for tier in (Tier.VENDOR, Tier.AGENT):
        shown = disclosed(decided.record, decided.receipt, tier)
        assert shown["code"] == "agent_not_eligible"
        assert "exposure" not in str(shown)
        assert "terms" not in shown
    reason = disclosed(decided.record, decided.receipt, Tier.PRINCIPAL)["reasons"][0]
    assert reason["code"] == "exposure_ceiling_exceeded"
    assert "10.00 EUR a day" in reason["detail"]
    assert "A proven domain" in reason["detail"]
