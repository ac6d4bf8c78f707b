"""A purchase with the library: who is told what when, what is believed, and that it counts once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import urllib3

from identity.accounts.models import User
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind
from identity.spending.answers import approve
from identity.spending.models import Approval, Authorization, Budget
from registry.client import (
    AgentClient,
    Approved,
    Declined,
    Money,
    NotVerified,
    PrivateKey,
    Refused,
    StepUp,
    VendorClient,
    digest_of_items,
)
from registry.client.transport import Reply, Transport
from tests.spending.conftest import TOTAL_500, Holder, euros, pass_on
from tests.spending.test_approve_page import ASK_ABOVE_25

__all__ = ["pass_on"]
pytestmark = pytest.mark.django_db(transaction=True)

Connect = Callable[[Holder], AgentClient]
ITEMS = digest_of_items({"items": ["1 × USB-C dock"]})


@pytest.fixture
def seller(shop: VendorClient, nordlicht: Any, prove: Any, at: Any) -> VendorClient:
    """The shop with a key of its agent, to sign offers with."""
    from identity.agents.keys import add_key
    from identity.journal.actor import system

    key = PrivateKey.generate()
    proof = prove(nordlicht.organization, key, "key", nordlicht)
    add_key(agent=nordlicht, actor=system("tests"), at=at, **proof)
    shop._key = key
    return shop


def offered(agent: AgentClient, seller: VendorClient, amount: int = 4_000) -> str:
    return seller.offer(agent=agent.did, nonce=agent.new_nonce(), total=Money(amount, "EUR"), items_digest=ITEMS)


def buy(agent: AgentClient, seller: VendorClient, link: str, amount: int = 4_000, **more: Any) -> Approved | StepUp:
    token = offered(agent, seller, amount)
    intent = agent.sign_intent(agent.check_offer(token), delegation=link)
    return seller.authorize(intent, Money(amount, "EUR"), order_hash=ITEMS, offer=token, **more)


def test_a_vendor_says_what_was_charged_beyond_the_authorization(connect, seller, buyer, grant):
    link = grant(buyer, TOTAL_500)
    approved = buy(connect(buyer), seller, link.pk)
    assert isinstance(approved, Approved)
    seller.capture(approved.authorization_id, Money(4_000, "EUR"), is_final=True)
    step = seller.force_post(approved.authorization_id, Money(700, "EUR"), evidence="The rail charged a fee on top.")
    assert (step.kind, step.amount) == ("force_post", 700)
    with pytest.raises(Declined):
        buy(connect(buyer), seller, link.pk)


def lose_first_answer(monkeypatch: pytest.MonkeyPatch, transport: Transport, method: str) -> list[str]:
    """The register acts, and its first answer never arrives. Returns what is asked from now on."""
    really, asked = transport._once, []

    def once(*arguments: Any, **named: Any) -> Reply:
        reply = really(*arguments, **named)
        if arguments[0] == method:
            asked.append(arguments[1])
            if len(asked) == 1:
                raise urllib3.exceptions.ProtocolError("the line is dead")
        return reply

    monkeypatch.setattr(transport, "_once", once)
    return asked


def forge(monkeypatch: pytest.MonkeyPatch, transport: Transport, path: str, old: bytes, new: bytes) -> None:
    """Somebody on the way, or in the register, changes an answer."""
    really = transport._once

    def once(*arguments: Any, **named: Any) -> Reply:
        reply = really(*arguments, **named)
        return replace(reply, body=reply.body.replace(old, new)) if arguments[1].endswith(path) else reply

    monkeypatch.setattr(transport, "_once", once)


def test_it_buys_captures_and_refunds(connect: Connect, buyer: Holder, seller: VendorClient, link: Delegation) -> None:
    approved = buy(connect(buyer), seller, link.pk)
    assert isinstance(approved, Approved)
    assert approved.authorization_id is not None
    captured = seller.capture(approved.authorization_id, Money(3_500, "EUR"), is_final=True, reference="inv-1")
    assert (captured.released, captured.hold.state) == (500, "closed")
    assert seller.refund(approved.authorization_id, Money(500, "EUR")).hold.refunded == 500
    assert seller.look(approved.authorization_id).captured == 3_500
    with pytest.raises(Refused) as refused:
        seller.capture(approved.authorization_id, Money(1, "EUR"))
    assert refused.value.code == "hold_already_captured"


def test_it_increments_and_voids(connect: Connect, buyer: Holder, seller: VendorClient, link: Delegation) -> None:
    agent = connect(buyer)
    held = buy(agent, seller, link.pk)
    assert isinstance(held, Approved)
    assert held.authorization_id is not None
    grown = agent.check_offer(offered(agent, seller, 5_000))
    more = seller.increment(
        held.authorization_id, Money(1_000, "EUR"), intent=agent.sign_intent(grown, delegation=link.pk)
    )
    assert isinstance(more, Approved)
    assert seller.look(held.authorization_id).open == 5_000
    for _ in range(2):
        assert seller.void(held.authorization_id).close_reason == "voided"
    assert Budget.objects.get(pk=f"{link.pk}:L1:life").held == 0


def test_the_human_is_asked_before_more_is_held(
    connect: Connect, buyer: Holder, seller: VendorClient, grant: Callable[..., Delegation], alice: User, at: datetime
) -> None:
    agent, asking = connect(buyer), grant(buyer, TOTAL_500, ASK_ABOVE_25)
    held = buy(agent, seller, asking.pk, 2_000)
    assert isinstance(held, Approved)
    assert held.authorization_id is not None
    whole = agent.check_offer(offered(agent, seller, 3_000))

    def grow(approval: str | None = None) -> Approved | StepUp:
        intent = agent.sign_intent(whole, delegation=asking.pk)
        return seller.increment(str(held.authorization_id), Money(1_000, "EUR"), intent=intent, approval=approval)

    asked = grow()
    assert isinstance(asked, StepUp)
    assert asked.approval_id is not None
    by_alice = Actor(ActorKind.USER, alice.pk)
    approve(
        approval=Approval.objects.get(pk=asked.approval_id),
        approver=alice,
        evidence={"type": "WebAuthnApproval"},
        actor=by_alice,
        at=at,
    )
    grown = grow(asked.approval_id)
    assert isinstance(grown, Approved)
    assert seller.look(held.authorization_id).open == 3_000


@pytest.mark.parametrize("step", ["authorize", "capture", "refund"])
def test_a_call_whose_answer_was_lost_counts_once(
    step: str,
    monkeypatch: pytest.MonkeyPatch,
    connect: Connect,
    buyer: Holder,
    seller: VendorClient,
    link: Delegation,
) -> None:
    if step == "authorize":
        asked = lose_first_answer(monkeypatch, seller.transport, "POST")
    approved = buy(connect(buyer), seller, link.pk)
    assert isinstance(approved, Approved)
    assert approved.authorization_id is not None
    if step == "capture":
        asked = lose_first_answer(monkeypatch, seller.transport, "POST")
    seller.capture(approved.authorization_id, Money(3_000, "EUR"))
    if step == "refund":
        asked = lose_first_answer(monkeypatch, seller.transport, "POST")
    seller.refund(approved.authorization_id, Money(1_000, "EUR"))
    assert len(asked) >= 2
    authorization = Authorization.objects.get()
    assert (authorization.open, authorization.captured, authorization.refunded) == (1_000, 3_000, 1_000)


def test_it_raises_on_a_decline(connect: Connect, buyer: Holder, seller: VendorClient, link: Delegation) -> None:
    with pytest.raises(Declined) as declined:
        buy(connect(buyer), seller, link.pk, 50_001)
    assert declined.value.codes == ("limit_exceeded",)
    assert seller.registry.signed_claims(declined.value.receipt)["decision"] == "declined"
    assert connect(buyer).evidence(declined.value.decision_id)["reasons"][0]["code"] == "total_exceeded"


def test_a_dry_run_holds_nothing_and_says_so(
    connect: Connect, buyer: Holder, seller: VendorClient, link: Delegation
) -> None:
    outcome = buy(connect(buyer), seller, link.pk, is_dry_run=True)
    assert isinstance(outcome, Approved)
    assert (outcome.is_binding, outcome.authorization_id) == (False, None)
    assert not Authorization.objects.exists()


def test_it_tells_that_nobody_has_answered_yet(
    connect: Connect, buyer: Holder, seller: VendorClient, grant: Callable[..., Delegation]
) -> None:
    agent, asking = connect(buyer), grant(buyer, TOTAL_500, ASK_ABOVE_25)
    token = offered(agent, seller)
    offer = agent.check_offer(token)

    def ask() -> StepUp:
        outcome = seller.authorize(agent.sign_intent(offer, delegation=asking.pk), Money(4_000, "EUR"), offer=token)
        assert isinstance(outcome, StepUp)
        return outcome

    asked = ask()
    assert asked.approval_id is not None
    answer = agent.wait_for_approval(asked.approval_id, timeout_seconds=1)
    assert (answer.state, answer.is_usable) == ("pending", False)
    assert ask().approval_id == asked.approval_id  # the same purchase is one question


def test_the_agent_that_issued_the_link_answers_for_it(
    connect: Connect,
    buyer: Holder,
    planner: Holder,
    seller: VendorClient,
    grant: Callable[..., Delegation],
    pass_on: Callable[..., Delegation],
) -> None:
    agent, issuer, by_issuer = connect(buyer), connect(planner), {**ASK_ABOVE_25, "approvers": "issuer"}
    root = grant(planner, TOTAL_500, max_further_depth=1)
    link = pass_on(root, planner, buyer, TOTAL_500, by_issuer)
    offer = agent.check_offer(offered(agent, seller))

    def ask(**more: Any) -> Approved | StepUp:
        return seller.authorize(agent.sign_intent(offer, delegation=link.pk), Money(4_000, "EUR"), **more)

    asked = ask()
    assert isinstance(asked, StepUp)
    [question] = issuer.questions()
    assert (question["id"], question["asked"]) == (asked.approval_id, issuer.did)
    assert question["why"][0]["detail"] == "above 25.00 EUR"
    assert agent.questions() == []
    with pytest.raises(Refused):
        agent.answer(question["id"], is_yes=True)
    assert issuer.answer(question["id"], is_yes=True).is_usable
    assert isinstance(ask(approval=asked.approval_id), Approved)
    assert issuer.questions() == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"amount":4000', b'"amount":9000'),
        (b'"binding":true', b'"binding":false'),
        (b'"receipt":"ey', b'"receipt":"ez'),
    ],
    ids=["amount", "binding", "receipt"],
)
def test_it_believes_no_answer_that_its_receipt_does_not_carry(
    old: bytes,
    new: bytes,
    monkeypatch: pytest.MonkeyPatch,
    connect: Connect,
    buyer: Holder,
    seller: VendorClient,
    link: Delegation,
) -> None:
    forge(monkeypatch, seller.transport, "/v1/authorizations", old, new)
    with pytest.raises(NotVerified):
        buy(connect(buyer), seller, link.pk)


def test_it_believes_no_offer_of_another_key_asking_or_time(
    connect: Connect, buyer: Holder, planner: Holder, seller: VendorClient
) -> None:
    agent = connect(buyer)
    good = offered(agent, seller)
    for_another = seller.offer(
        agent=planner.agent.did, nonce=agent.new_nonce(), total=Money(1, "EUR"), items_digest=ITEMS
    )
    unasked = seller.offer(agent=agent.did, nonce="n" * 24, total=Money(1, "EUR"), items_digest=ITEMS)
    changed = good[:-6] + ("AAAAAA" if not good.endswith("AAAAAA") else "BBBBBB")
    for token in (for_another, unasked, changed, "", "a.b.c"):
        with pytest.raises(NotVerified):
            agent.check_offer(token)
    with pytest.raises(NotVerified):
        agent.check_offer(good, assurance_min=3)
    agent.registry.clock = lambda clock=agent.registry.clock: clock() + timedelta(hours=2)
    with pytest.raises(NotVerified):
        agent.check_offer(good)


def test_it_passes_on_and_replaces(
    connect: Connect, buyer: Holder, planner: Holder, grant: Callable[..., Delegation]
) -> None:
    agent = connect(planner)
    root = grant(planner, TOTAL_500, max_further_depth=1)
    until = root.valid_until - timedelta(days=1)
    first = agent.pass_on(root.pk, to=buyer.agent.did, constraints=[euros("total", 9_000)], valid_until=until)
    second = agent.pass_on(
        root.pk, to=buyer.agent.did, constraints=[euros("total", 8_000)], valid_until=until, replaces=first["id"]
    )
    assert (second["replaces"], agent.delegation(first["id"])["status"]) == (first["id"], "revoked")


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"amount":9000', b'"amount":50000'), (b'"maxFurtherDepth":0', b'"maxFurtherDepth":1')],
    ids=["amount", "depth"],
)
def test_it_signs_no_draft_that_says_more_than_was_asked(
    old: bytes,
    new: bytes,
    monkeypatch: pytest.MonkeyPatch,
    connect: Connect,
    buyer: Holder,
    planner: Holder,
    grant: Callable[..., Delegation],
) -> None:
    agent, root = connect(planner), grant(planner, TOTAL_500, max_further_depth=2)
    forge(monkeypatch, agent.transport, "/v1/delegations/drafts", old, new)
    with pytest.raises(NotVerified):
        agent.pass_on(root.pk, to=buyer.agent.did, constraints=[euros("total", 9_000)], valid_until=root.valid_until)
    assert Delegation.objects.count() == 1
