"""The human's answer: for one purchase, once, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.journal.actor import Actor, ActorKind
from identity.primitives.errors import Conflict, NotPermitted
from identity.spending.answers import approve, decline, decline_and_pause, displayed_text
from identity.spending.models import Approval, Budget, Elevation

from .conftest import TOTAL_500, euros

pytestmark = pytest.mark.django_db
ASSERTION = {"type": "WebAuthnApproval", "signature": "…"}
ASK_OVER_25 = {"type": "step_up", "when": {"amountOver": 2500, "currency": "EUR"}}


@pytest.fixture
def leaf(buyer, grant):
    monthly = euros("per_period", 5_000, period="month", alignment="calendar", timezone="Europe/Berlin")
    return grant(buyer, TOTAL_500, monthly, ASK_OVER_25)


def say_yes(decided, person, at):
    approval = Approval.objects.get(pk=decided.approval)
    return approve(
        approval=approval, approver=person, evidence=ASSERTION, actor=Actor(ActorKind.USER, person.pk), at=at
    )


def say_no(decided, person, at):
    approval = Approval.objects.get(pk=decided.approval)
    return decline(approval=approval, approver=person, actor=Actor(ActorKind.USER, person.pk), at=at)


def codes(decided):
    return [reason["code"] for reason in decided.record["reasons"]]


def test_it_lets_exactly_one_purchase_through(shop, buyer, leaf, alice):
    asked = shop.spend(buyer, leaf)
    assert (asked.verdict, codes(asked)) == ("step_up_required", ["approval_required"])
    say_yes(asked, alice, shop.at)
    first = shop.spend(buyer, leaf, approval=asked.approval)
    assert (first.verdict, first.decision_class) == ("approved", "D3")
    second = shop.spend(buyer, leaf, approval=asked.approval)
    assert (second.verdict, codes(second)[0]) == ("declined", "approval_already_used")
    assert Elevation.objects.get().consumed_by == first.authorization


def test_it_books_a_lifted_limit_apart_and_the_total_as_ever(shop, buyer, leaf, alice):
    assert shop.spend(buyer, leaf, 2000).verdict == "approved"
    asked = shop.spend(buyer, leaf)
    assert codes(asked) == ["period_limit_exceeded", "approval_required"]
    say_yes(asked, alice, shop.at)
    assert shop.spend(buyer, leaf, approval=asked.approval).verdict == "approved"
    month, life = Budget.objects.get(pk__contains=":L2:"), Budget.objects.get(pk__contains=":L1:")
    assert (month.held, month.held_elevated, life.held, life.held_elevated) == (2000, 4000, 6000, 0)


@pytest.mark.parametrize("change", [{"amount": 4001}, {"order_hash": "sha-256:other"}, {"action": "/commerce/pay"}])
def test_it_is_worth_nothing_for_another_purchase(shop, buyer, leaf, alice, change):
    asked = shop.spend(buyer, leaf)
    say_yes(asked, alice, shop.at)
    amount = change.pop("amount", 4000)
    if "order_hash" in change:
        order = shop.order(shop.intent(buyer, leaf, **change), approval=asked.approval)
        from identity.spending.authorize import authorize_spend

        other = authorize_spend(order, actor=Actor(ActorKind.AGENT, shop.vendor.pk), at=shop.at)
    else:
        other = shop.spend(buyer, leaf, amount, approval=asked.approval, **change)
    assert (other.verdict, codes(other)[0]) == ("declined", "approval_mismatch")


def test_it_ends_after_ten_minutes(shop, buyer, leaf, alice):
    asked = shop.spend(buyer, leaf)
    say_yes(asked, alice, shop.at)
    late = shop.spend(buyer, leaf, approval=asked.approval, at=shop.at + timedelta(minutes=10))
    assert (late.verdict, codes(late)[0]) == ("declined", "approval_expired")


def test_it_asks_once_about_one_purchase(shop, buyer, leaf):
    first, second = shop.spend(buyer, leaf), shop.spend(buyer, leaf)
    assert first.approval == second.approval
    assert Approval.objects.count() == 1


def test_it_does_not_ask_again_for_a_day_after_a_no(shop, buyer, leaf, alice):
    say_no(shop.spend(buyer, leaf), alice, shop.at)
    again = shop.spend(buyer, leaf)
    assert (again.verdict, codes(again)[0]) == ("declined", "approval_denied")
    tomorrow = shop.at + timedelta(hours=25)
    assert shop.spend(buyer, leaf, at=tomorrow).verdict == "step_up_required"


def test_it_lets_few_questions_wait(shop, buyer, leaf):
    verdicts = [shop.spend(buyer, leaf, 3000 + n).verdict for n in range(4)]
    assert verdicts == ["step_up_required"] * 3 + ["declined"]


def test_it_suspends_the_link_after_five_declines(shop, buyer, leaf, alice):
    for number in range(5):
        say_no(shop.spend(buyer, leaf, 3000 + number), alice, shop.at)
    leaf.refresh_from_db()
    assert (leaf.status, leaf.status_reason) == ("suspended", "declined_often")


def test_it_pauses_the_link_with_a_no(shop, buyer, leaf, alice):
    approval = Approval.objects.get(pk=shop.spend(buyer, leaf).approval)
    decline_and_pause(approval=approval, approver=alice, actor=Actor(ActorKind.USER, alice.pk), at=shop.at)
    leaf.refresh_from_db()
    assert (leaf.status, leaf.status_set_by) == ("suspended", "principal")
    assert Approval.objects.get().state == "denied"


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_it_takes_the_answer_of_the_principals_people_only(shop, buyer, leaf, request, who):
    asked = shop.spend(buyer, leaf)
    with pytest.raises(NotPermitted) as refused:
        say_yes(asked, request.getfixturevalue(who), shop.at)
    assert refused.value.code == "approver_not_eligible"


def test_it_takes_no_answer_after_the_end(shop, buyer, leaf, alice):
    asked = shop.spend(buyer, leaf)
    with pytest.raises(Conflict) as refused:
        say_yes(asked, alice, shop.at + timedelta(minutes=15))
    assert refused.value.code == "approval_ended"


def test_it_evaluates_everything_again_after_a_yes(shop, buyer, leaf, alice):
    asked = shop.spend(buyer, leaf)
    say_yes(asked, alice, shop.at)
    from identity.delegation.freeze import freeze_principal

    freeze_principal(principal=leaf.principal, actor=Actor(ActorKind.USER, alice.pk), at=shop.at)
    decided = shop.spend(buyer, leaf, approval=asked.approval)
    assert (decided.verdict, codes(decided)) == ("declined", ["frozen_by_principal"])


def test_it_never_asks_about_what_no_human_can_lift(shop, buyer, grant):
    leaf = grant(buyer, euros("total", 1000), ASK_OVER_25)
    decided = shop.spend(buyer, leaf)
    assert (decided.verdict, codes(decided)[0]) == ("declined", "total_exceeded")


def test_it_shows_registered_facts_and_never_the_agents_words(shop, buyer, leaf):
    approval = Approval.objects.get(pk=shop.spend(buyer, leaf).approval)
    text = displayed_text(approval)
    assert "40.00 EUR (forty EUR)" in text
    assert "nordlicht.example" in text
    assert approval.transaction["order_hash"] in text


def test_it_shows_each_question_as_its_own(shop, buyer, leaf, alice):
    """The passkey signs over the text: what she signed for an earlier question about this purchase answers no other."""
    first = shop.spend(buyer, leaf)
    say_yes(first, alice, shop.at)
    shop.spend(buyer, leaf, approval=first.approval)
    again = shop.spend(buyer, leaf)
    questions = Approval.objects.in_bulk([first.approval, again.approval]).values()
    assert len({question.binding_digest for question in questions}) == 1
    assert len({displayed_text(question) for question in questions}) == 2
