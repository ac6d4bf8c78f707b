"""Questions that an agent answers by its signature: about limits that it set itself, and no others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from identity.accounts.models import User
from identity.agents.addresses import registry_did
from identity.agents.models import Agent
from identity.delegation.issuer_answer import IssuerWord, sign_word
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind
from identity.primitives.errors import AttornError, Conflict, InvalidInput, NotPermitted
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner
from identity.spending.answers import approve
from identity.spending.approvers import people_asked
from identity.spending.issuer_answers import answer_as_issuer
from identity.spending.limits import PROMPTS_PER_DAY_MAX
from identity.spending.models import Approval, Elevation, IssuerAnswer
from tests.spending.conftest import Holder, Shop, euros

pytestmark = pytest.mark.django_db
TOTAL_500 = euros("total", 50_000)
MONTH_100 = euros("per_period", 10_000, period="month", alignment="calendar", timezone="Europe/Berlin")


def above(euro: int, approvers: str = "issuer") -> dict[str, Any]:
    when = {"amountOver": euro * 100, "currency": "EUR", "exponent": 2}
    return {"type": "step_up", "when": when, "approvers": approvers}


Lend = Callable[..., Delegation]


@pytest.fixture
def lend(grant: Lend, pass_on: Lend, planner: Holder, buyer: Holder) -> Lend:
    """Acme lends to Planner, Planner to Buyer with these constraints; the link of Buyer's."""

    def make(*child: dict[str, Any], root: tuple[dict[str, Any], ...] = (TOTAL_500,)) -> Delegation:
        parent = grant(planner, *root, max_further_depth=2)
        return pass_on(parent, planner, buyer, TOTAL_500, *child)

    return make


def codes(decided: Any) -> list[str]:
    return [reason["code"] for reason in decided.record["reasons"]]


def word(question: Approval, speaker: Agent, at: datetime, **changes: Any) -> IssuerWord:
    values = {
        "agent": speaker.did,
        "registry": registry_did(),
        "approval": question.pk,
        "binding_digest": question.binding_digest,
        "answer": "approve",
        "issued_at": at,
        "expires_at": at + timedelta(minutes=5),
    }
    return IssuerWord(**{**values, **changes})


def say(decided: Any, holder: Holder, at: datetime, *, signer: Any = None, **changes: Any) -> Approval:
    approval = Approval.objects.get(pk=decided.approval)
    token = sign_word(word(approval, holder.agent, at, **changes), signer=signer or holder.signer)
    actor = Actor(ActorKind.AGENT, holder.agent.pk)
    return answer_as_issuer(approval=approval, token=token, actor=actor, at=at)


def refusal(act: Callable[[], Any]) -> str:
    with pytest.raises(AttornError) as refused:
        act()
    return refused.value.code


def test_the_agent_that_set_the_rule_is_asked_and_its_yes_lets_one_purchase_through(
    shop: Shop, lend: Lend, buyer: Holder, planner: Holder, at: datetime
) -> None:
    leaf = lend(above(25))
    asked = shop.spend(buyer, leaf)
    assert (asked.verdict, codes(asked)) == ("step_up_required", ["approval_required"])
    question = Approval.objects.get()
    assert (question.asked_agent, question.lifts) == (planner.agent.pk, ["1:L2"])
    assert people_asked(question, at=at) == []
    assert say(asked, planner, at).state == "approved"
    assert shop.spend(buyer, leaf, approval=asked.approval).verdict == "approved"
    again = shop.spend(buyer, leaf, approval=asked.approval)
    assert codes(again)[0] == "approval_already_used"
    kept = IssuerAnswer.objects.get()
    assert (kept.agent, kept.vote, kept.token.count(".")) == (planner.agent.pk, "approve", 2)


def test_its_no_stands_for_a_day(shop: Shop, lend: Lend, buyer: Holder, planner: Holder, at: datetime) -> None:
    leaf = lend(above(25))
    asked = shop.spend(buyer, leaf)
    assert say(asked, planner, at, answer="deny").state == "denied"
    assert codes(shop.spend(buyer, leaf))[0] == "approval_denied"
    assert not Elevation.objects.exists()


def test_it_lifts_its_own_limits_below_its_own_link(
    shop: Shop, lend: Lend, buyer: Holder, planner: Holder, at: datetime
) -> None:
    leaf = lend(above(25), MONTH_100)
    asked = shop.spend(buyer, leaf, 10_001)
    assert codes(asked) == ["period_limit_exceeded", "approval_required"]
    say(asked, planner, at)
    assert shop.spend(buyer, leaf, 10_001, approval=asked.approval).verdict == "approved"


def test_the_principal_is_asked_where_anything_above_stands_in_the_way(
    shop: Shop, lend: Lend, buyer: Holder, planner: Holder, at: datetime
) -> None:
    """Stops an agent from agreeing to what its own principal limited."""
    leaf = lend(above(25), root=(TOTAL_500, MONTH_100))
    asked = shop.spend(buyer, leaf, 10_001)
    assert codes(asked) == ["period_limit_exceeded", "approval_required"]
    assert Approval.objects.get().asked_agent == ""
    assert refusal(lambda: say(asked, planner, at)) == "approver_not_eligible"


@pytest.mark.parametrize(
    ("root", "child"),
    [
        ((TOTAL_500, above(25, "principal")), (above(25),)),
        ((TOTAL_500, above(25, "issuer")), (above(25),)),
        ((TOTAL_500,), (above(25), above(30, "principal"))),
        ((TOTAL_500,), (above(25, "principal"),)),
    ],
    ids=["the root asks, too", "a root's issuer is the principal", "another rule asks, too", "the rule says so"],
)
def test_the_principal_is_asked_where_a_rule_names_her(
    shop: Shop, lend: Lend, buyer: Holder, root: tuple[dict[str, Any], ...], child: tuple[dict[str, Any], ...]
) -> None:
    assert shop.spend(buyer, lend(*child, root=root)).verdict == "step_up_required"
    assert Approval.objects.get().asked_agent == ""


def test_a_rule_higher_up_answers_for_what_lies_below(
    shop: Shop,
    lend: Lend,
    pass_on: Lend,
    grant: Lend,
    planner: Holder,
    buyer: Holder,
    make_holder: Callable[..., Holder],
) -> None:
    """Of two issuers the nearer to the limit that is in the way, as long as it may lift all of them."""
    middle = make_holder("Middle")
    root = grant(planner, TOTAL_500, max_further_depth=3)
    upper = pass_on(root, planner, middle, TOTAL_500, above(25), max_further_depth=1)
    assert shop.spend(buyer, pass_on(upper, middle, buyer, TOTAL_500, above(10)), 3_000).verdict == "step_up_required"
    assert Approval.objects.get().asked_agent == planner.agent.pk
    assert shop.spend(buyer, pass_on(upper, middle, buyer, TOTAL_500, above(10)), 2_000).verdict == "step_up_required"
    assert Approval.objects.order_by("pk").last().asked_agent == middle.agent.pk  # type: ignore[union-attr]


def test_the_principal_may_answer_in_its_place(
    shop: Shop, lend: Lend, buyer: Holder, planner: Holder, alice: User, at: datetime
) -> None:
    leaf = lend(above(25))
    asked = shop.spend(buyer, leaf)
    by_alice = Actor(ActorKind.USER, alice.pk)
    evidence = {"type": "WebAuthnApproval", "signature": "AA"}
    approve(approval=Approval.objects.get(), approver=alice, evidence=evidence, actor=by_alice, at=at)
    with pytest.raises(Conflict):
        say(asked, planner, at)
    assert shop.spend(buyer, leaf, approval=asked.approval).verdict == "approved"


@pytest.mark.parametrize(
    "changes",
    [
        {"approval": "apr_another"},
        {"binding_digest": "0" * 64},
        {"registry": "did:web:elsewhere.example"},
        {"agent": "did:web:elsewhere.example:agents:a"},
        {"answer": "perhaps"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_it_believes_no_word_about_anything_else(
    shop: Shop, lend: Lend, buyer: Holder, planner: Holder, at: datetime, changes: dict[str, str]
) -> None:
    asked = shop.spend(buyer, lend(above(25)))
    assert refusal(lambda: say(asked, planner, at, **changes)) == "answer_invalid"
    assert Approval.objects.get().state == "pending"


def test_it_believes_no_word_that_is_old_early_or_too_long_lived(
    shop: Shop, lend: Lend, buyer: Holder, planner: Holder, at: datetime
) -> None:
    asked = shop.spend(buyer, lend(above(25)))
    for begins, ends in ((-6, -1), (2, 3), (0, 6)):
        times = {"issued_at": at + timedelta(minutes=begins), "expires_at": at + timedelta(minutes=ends)}
        with pytest.raises(InvalidInput):
            say(asked, planner, at, **times)


def test_it_believes_no_other_key(shop: Shop, lend: Lend, buyer: Holder, planner: Holder, at: datetime) -> None:
    asked = shop.spend(buyer, lend(above(25)))
    forged = LocalSigner(PrivateKey.generate(), planner.signer.verification_method)
    assert refusal(lambda: say(asked, planner, at, signer=forged)) == "answer_invalid"
    assert refusal(lambda: say(asked, planner, at, signer=buyer.signer)) == "answer_invalid"
    planner.agent.verification_methods.update(revoked_at=at)
    assert refusal(lambda: say(asked, planner, at)) == "answer_invalid"
    assert not IssuerAnswer.objects.exists()


def test_the_spending_agent_does_not_answer_for_itself(
    shop: Shop, lend: Lend, buyer: Holder, planner: Holder, at: datetime
) -> None:
    asked = shop.spend(buyer, lend(above(25)))
    with pytest.raises(InvalidInput):
        say(asked, buyer, at)


def test_a_suspended_agent_answers_nothing(
    shop: Shop, lend: Lend, buyer: Holder, planner: Holder, at: datetime
) -> None:
    asked = shop.spend(buyer, lend(above(25)))
    Agent.objects.filter(pk=planner.agent.pk).update(status="suspended")
    with pytest.raises(NotPermitted):
        say(asked, planner, at)


def test_it_answers_once(shop: Shop, lend: Lend, buyer: Holder, planner: Holder, at: datetime) -> None:
    asked = shop.spend(buyer, lend(above(25)))
    say(asked, planner, at)
    assert refusal(lambda: say(asked, planner, at, answer="deny")) == "approval_ended"


def test_its_questions_do_not_use_up_what_a_human_is_asked_in_a_day(
    shop: Shop, lend: Lend, buyer: Holder, planner: Holder, at: datetime
) -> None:
    leaf = lend(above(25))
    for number in range(PROMPTS_PER_DAY_MAX + 1):
        asked = shop.spend(buyer, leaf, 2_501 + number)
        assert asked.verdict == "step_up_required"
        say(asked, planner, at)


def test_an_answer_is_never_changed(shop: Shop, lend: Lend, buyer: Holder, planner: Holder, at: datetime) -> None:
    say(shop.spend(buyer, lend(above(25))), planner, at)
    for act in (lambda: IssuerAnswer.objects.update(vote="deny"), lambda: IssuerAnswer.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
