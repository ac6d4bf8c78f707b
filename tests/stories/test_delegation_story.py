"""The worked example of delegation, over HTTP only and with every figure: Anna lends a planner authority, the planner
passes a part of it to a buyer, the buyer wants 40 EUR at a shop. No background worker runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command

from registry.client import (
    AgentClient,
    Approved,
    CheckedOffer,
    Declined,
    Money,
    NotVerified,
    Refused,
    StepUp,
    VendorClient,
    digest_of_items,
)
from tests.stories.people import Owner, owner_of

pytestmark = pytest.mark.django_db(transaction=True)

EUR = {"currency": "EUR", "exponent": 2}
MONTH = {"type": "per_period", **EUR, "period": "month", "alignment": "calendar", "timezone": "Europe/Berlin"}
TOTAL_500 = {"type": "total", "amount": 50_000, **EUR, "refundRestores": True}
BUYER_LIMITS = [
    TOTAL_500,
    {**MONTH, "amount": 20_000},
    {"type": "per_transaction", "max": 6_000, **EUR},
    {"type": "categories", "allow": ["5734", "5045-5046"]},
    {"type": "step_up", "when": {"amountOver": 2_500, **EUR}, "approvers": "principal"},
]


@dataclass
class Market:
    """Everybody of the story, and what November had seen before it begins."""

    anna: Owner
    planner: AgentClient
    buyer: AgentClient
    sibling: AgentClient
    shop: VendorClient
    root: str
    link: str
    other: str

    def offer(self, agent: AgentClient, amount: int, item: str = "1 × USB-C dock") -> tuple[str, CheckedOffer]:
        """Step 1: a nonce goes to the shop, its signed offer comes back and is checked."""
        token = self.shop.offer(
            agent=agent.did, nonce=agent.new_nonce(), total=Money(amount, "EUR"), items_digest=digest_of_items([item])
        )
        return token, agent.check_offer(token, assurance_min=2)

    def ask(self, agent: AgentClient, link: str, offered: tuple[str, CheckedOffer], **more: Any) -> Approved | StepUp:
        """Step 2: the agent signs a fresh intent, the shop forwards it."""
        token, offer = offered
        intent = agent.sign_intent(offer, delegation=link)
        total, order = offer.signed.offer.total, offer.signed.offer.items_digest
        return self.shop.authorize(intent, total, order_hash=order, offer=token, **more)

    def buy(self, agent: AgentClient, link: str, amount: int, item: str = "1 × USB-C dock") -> Approved:
        outcome = self.ask(agent, link, self.offer(agent, amount, item))
        assert isinstance(outcome, Approved)
        assert outcome.authorization_id is not None
        self.shop.capture(outcome.authorization_id, Money(amount, "EUR"), is_final=True)
        return outcome

    def buy_with_consent(self, amount: int, item: str) -> Approved:
        """The buyer asks, Anna says yes on her phone, the buyer asks again."""
        offered = self.offer(self.buyer, amount, item)
        asked = self.ask(self.buyer, self.link, offered)
        assert isinstance(asked, StepUp)
        assert asked.approval_id is not None
        self.anna.say_yes(f"/approve/{asked.approval_id}")
        assert self.buyer.approval(asked.approval_id).is_usable
        outcome = self.ask(self.buyer, self.link, offered, approval=asked.approval_id)
        assert isinstance(outcome, Approved)
        return outcome

    def used(self, link: str, limit: str) -> tuple[int, int]:
        """What a limit counts as used, and what a human let through beside it."""
        row = self.anna.usage(link)[limit]
        return row["used"], row["elevated"]


@pytest.fixture
def market(live_server: Any, settings: Any) -> Iterator[Market]:
    base = live_server.url
    settings.PUBLIC_URL, settings.PUBLIC_HOST = base, urlsplit(base).netloc
    anna, nordlicht = owner_of(base, "Anna"), owner_of(base, "Nordlicht")
    with ExitStack() as stack:
        planner, buyer, sibling = (stack.enter_context(anna.agent(name)) for name in ("Planner", "Buyer", "Sibling"))
        shop = stack.enter_context(nordlicht.shop("Nordlicht Hardware", mcc="5734", country="DE"))
        call_command("vendor_assurance", shop.did, "2", verbosity=0)  # the registry's staff looked at its papers
        root = lend(anna, planner)
        until = datetime.now(UTC) + timedelta(days=20)
        link = planner.pass_on(root, to=buyer.did, constraints=BUYER_LIMITS, valid_until=until)
        other = planner.pass_on(root, to=sibling.did, constraints=[TOTAL_500], valid_until=until)
        yield Market(anna, planner, buyer, sibling, shop, root, link["id"], other["id"])


@pytest.fixture
def november(market: Market) -> Market:
    """The buyer has used 170 of its 200, none of it above 25 at once; its sibling 90."""
    for place, amount in enumerate([2_500] * 6 + [2_000]):
        market.buy(market.buyer, market.link, amount, f"cable {place}")
    market.buy(market.sibling, market.other, 9_000, "monitor")
    return market


def lend(anna: Owner, planner: AgentClient) -> str:
    """Link 0: Anna fills in the form in the console, reads the words and signs them with her passkey."""
    steps = (
        {"agent": planner.did, "preset": "own"},
        {"currency": "EUR", "total": "500", "per_purchase": "100", "per_month": "300"},
        {"countries": "DE, FR, NL"},
        {"days": "30", "timezone": "Europe/Berlin"},
        {"max_further_depth": "1"},
    )
    page = anna.visitor.get(f"{anna.console}delegations/new/")
    for answers, following in zip(steps, ("amounts", "where", "when", "asking", ""), strict=True):
        page = anna.visitor.submit(page, having=next(iter(answers)), step=following, **answers)
    assert "/delegations/drafts/" in page.url, page.text
    page = anna.say_yes(page.url)
    assert page.status == 200, page.text
    return page.url.rstrip("/").rpartition("/")[2]


def test_may_this_agent_spend_forty_euros_here(november: Market) -> None:
    market, anna = november, november.anna
    assert market.used(market.link, "L2") == (17_000, 0)
    assert market.used(market.root, "L3") == (26_000, 0)

    # 1. The shop signs an offer; the buyer resolves the shop and checks the offer before it shows anything.
    offered = market.offer(market.buyer, 4_000)
    vendor = offered[1].vendor
    assert (vendor.assurance_level, vendor.country, vendor.mcc) == (2, "DE", "5734")
    chain = market.buyer.present_chain(offered[1], market.link)
    assert [link["credentialSubject"]["depth"] for link in chain] == [0, 1]
    assert chain[0]["evidence"][0]["type"] == "WebAuthnApproval"

    # 2. to 4. Link 1's month would be passed and 40 is above 25: the request goes to Anna, with both reasons.
    asked = market.ask(market.buyer, market.link, offered)
    assert isinstance(asked, StepUp)
    assert asked.codes == ("approval_required",)
    assert asked.approval_id is not None
    reasons = market.buyer.evidence(asked.decision_id)["reasons"]
    assert [(reason["code"], reason["link"]) for reason in reasons] == [
        ("period_limit_exceeded", 1),
        ("approval_required", 1),
    ]
    assert market.used(market.root, "L3") == (26_000, 0)
    with ThreadPoolExecutor(1) as waiting:
        answer = waiting.submit(market.buyer.wait_for_approval, asked.approval_id, timeout_seconds=20)
        page = anna.visitor.get(f"/approve/{asked.approval_id}")
        assert all(words in page.text for words in ("40.00 EUR", "Nordlicht", "above 25.00"))
        anna.say_yes(f"/approve/{asked.approval_id}")
        assert answer.result().state == "approved"

    # 5. The buyer asks again with the approval: 40 is extra on link 1's month, and base everywhere else.
    approved = market.ask(market.buyer, market.link, offered, approval=asked.approval_id)
    assert isinstance(approved, Approved)
    assert approved.authorization_id is not None
    assert approved.held == Money(4_000, "EUR")
    assert timedelta(days=6, hours=23) < approved.capture_before - datetime.now(UTC) <= timedelta(days=7)
    assert market.used(market.link, "L2") == (17_000, 4_000)
    assert market.used(market.link, "L1") == (21_000, 0)
    assert market.used(market.root, "L3") == (30_000, 0)
    assert market.used(market.root, "L1") == (30_000, 0)
    with pytest.raises(Declined) as again:
        market.ask(market.buyer, market.link, offered, approval=asked.approval_id)
    assert again.value.codes == ("approval_not_granted",)

    # 6. The shop ships for 35 and captures that: 5 are released everywhere.
    settled = market.shop.capture(approved.authorization_id, Money(3_500, "EUR"), is_final=True)
    assert settled.released == 500
    assert market.used(market.root, "L3") == (29_500, 0)
    assert market.used(market.link, "L2") == (17_000, 3_500)

    # 7. Anna presses Pause: the next authorization of any child is refused; what was captured stays, and is refundable.
    paused = anna.press(f"{anna.console}delegations/pause/")
    assert paused.status == 200, paused.text
    for agent, link in ((market.buyer, market.link), (market.sibling, market.other)):
        with pytest.raises(Declined) as declined:
            market.ask(agent, link, market.offer(agent, 100, "a screw"))
        assert declined.value.codes == ("agent_not_eligible",)
    assert market.shop.look(approved.authorization_id).captured == 3_500
    refunded = market.shop.refund(approved.authorization_id, Money(500, "EUR"))
    assert refunded.hold.refunded == 500
    assert market.used(market.root, "L1") == (29_000, 0)  # totals are restored,
    assert market.used(market.root, "L3") == (29_500, 0)  # months never

    # Her own word, and nothing less, lets them go on.
    anna.say_yes(f"{anna.console}delegations/resume/")
    assert isinstance(market.ask(market.sibling, market.other, market.offer(market.sibling, 100, "a screw")), Approved)


def test_one_cent_more_elsewhere_and_her_own_month_fails_too(november: Market) -> None:
    market = november
    market.buy(market.sibling, market.other, 1, "one cent")

    # 8. 260.01 + 40 is above link 0's 300. That limit is Anna's own, so she may lift it too.
    asked = market.ask(market.buyer, market.link, market.offer(market.buyer, 4_000))
    assert isinstance(asked, StepUp)
    shown = market.anna.program.get(f"/v1/approvals/{asked.approval_id}").json()
    assert {(why["code"], why["link"]) for why in shown["why"]} == {
        ("period_limit_exceeded", 0),
        ("period_limit_exceeded", 1),
        ("approval_required", 1),
    }
    market.buy_with_consent(4_000, "1 × USB-C dock")
    assert market.used(market.root, "L3") == (26_001, 4_000)
    assert market.used(market.root, "L1") == (30_001, 0)

    # But never the 500 in all: three times 60 with her consent and 19 bring it to 499.01, and one euro more is refused.
    for item in ("a chair", "a desk", "a lamp"):
        market.buy_with_consent(6_000, item)
    market.buy(market.buyer, market.link, 1_900, "a plant")
    assert market.used(market.root, "L1") == (49_901, 0)
    with pytest.raises(Declined) as declined:
        market.ask(market.buyer, market.link, market.offer(market.buyer, 100))
    assert declined.value.codes == ("limit_exceeded",)
    assert not declined.value.is_retryable
    reasons = market.buyer.evidence(declined.value.decision_id)["reasons"]
    assert "total_exceeded" in {reason["code"] for reason in reasons}


def test_anybody_can_check_the_chain(market: Market, tmp_path: Path) -> None:
    """The shop's own machine, with the command line: two links, Anna's passkey in the first, the intent last."""
    _, offer = market.offer(market.buyer, 4_000)
    intent, chain = tmp_path / "intent", tmp_path / "chain.json"
    intent.write_text(market.buyer.sign_intent(offer, delegation=market.link))
    chain.write_text(json.dumps(market.buyer.present_chain(offer, market.link)))
    ledger = market.buyer.registry.did
    purchase = f"--vendor {market.shop.did} --mcc 5734 --country DE --amount 4000 --currency EUR".split()
    asked = ["chain", "verify", str(chain), "--ledger", ledger, "--fetch", "--intent", str(intent), *purchase]
    done = subprocess.run(
        [sys.executable, "-m", "registry.cli", *asked], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "structurally valid" in done.stdout
    changed = chain.read_text().replace('"amount": 30000', '"amount": 31000')
    assert changed != chain.read_text()
    chain.write_text(changed)
    refused = subprocess.run(
        [sys.executable, "-m", "registry.cli", *asked], capture_output=True, text=True, check=False, timeout=60
    )
    assert refused.returncode == 4, refused.stdout


def test_each_sees_its_own_part_only(november: Market) -> None:
    market = november
    with pytest.raises(Declined) as declined:
        market.ask(market.sibling, market.other, market.offer(market.sibling, 10_001, "too large"))
    assert declined.value.codes == ("limit_exceeded",)
    told = str(declined.value.problem)
    assert "per_transaction" not in told
    assert "26000" not in told
    assert set(market.buyer.delegation(market.link)["usage"]) == {market.link}
    with pytest.raises(Refused) as refused:
        market.sibling.delegation(market.link)
    assert refused.value.status == 404


def test_nothing_is_shown_to_a_shop_that_only_looks_like_one(november: Market) -> None:
    market = november
    token, _ = market.offer(market.buyer, 4_000)
    with pytest.raises(NotVerified):  # kept back and played again
        market.buyer.check_offer(token)
    agent = market.buyer
    wanted = {"nonce": agent.new_nonce(), "total": Money(4_000, "EUR"), "items_digest": digest_of_items([])}
    with VendorClient(market.shop.transport.url, market.sibling.did, key=market.sibling.signer.private_key) as no_shop:
        sold_by_nobody = no_shop.offer(agent=agent.did, **wanted)
    with pytest.raises(NotVerified):
        agent.check_offer(sold_by_nobody)
    with pytest.raises(TypeError):
        CheckedOffer(None, None, None)  # type: ignore[arg-type]
