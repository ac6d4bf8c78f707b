"""The people of the accountability story: Acme with two agents, three shops that know nothing of each other, and those
who sit at the register's desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from django.core.management import call_command

from registry.client import (
    AgentClient,
    Approved,
    CheckedOffer,
    Money,
    SignOfLife,
    StatusEvent,
    StatusReceiver,
    StepUp,
    VendorClient,
    digest_of_items,
)
from tests.stories.inbox import Inbox, inbox
from tests.stories.operators import Operator, operator_of
from tests.stories.people import Owner, OwnKey, owner_of
from tests.stories.test_directory_story import created, prove
from tests.stories.visitor import Program

SHOPS = ("Nordlicht", "Suedwind", "Ostsee")
PURCHASE_CENTS = 800


@dataclass
class Shop:
    owner: Owner
    client: VendorClient
    inbox: Inbox
    receiver: StatusReceiver | None = None
    events: list[StatusEvent] = field(default_factory=list)
    taken: int = 0

    def subscribe(self) -> None:
        """To be told at its own address of the agents it dealt with."""
        asked = {"delivery": "webhook", "endpoint": self.inbox.url}
        made = created(self.owner.program.post("/v1/subscriptions", asked))
        base = self.owner.base
        self.receiver = StatusReceiver(base, audience=self.inbox.url, secrets=[made["secret"]], issuer=made["issuer"])

    def report(self, agent: str, kind: str, authorization: str, text: str) -> str:
        said = {"agent": agent, "kind": kind, "authorization": authorization, "text": text}
        return str(created(self.owner.program.post("/v1/reports", said))["id"])

    def close(self) -> None:
        if self.receiver is not None:
            self.receiver.close()

    def told(self) -> list[StatusEvent]:
        """What came, in order and without the signs of life; each delivery checked as a vendor's own program does."""
        assert self.receiver is not None, "it has not subscribed"
        fresh = self.inbox.deliveries[self.taken :]
        self.taken += len(fresh)
        for delivery in fresh:
            outcome = self.receiver.take(delivery.headers, delivery.body)
            assert isinstance(outcome, StatusEvent | SignOfLife), outcome
            self.events += [outcome] if isinstance(outcome, StatusEvent) else []
        return self.events


@dataclass
class Town:
    base: str
    acme: Owner
    concierge: AgentClient
    concierge_id: str
    broker: AgentClient
    broker_id: str
    broker_key: OwnKey
    link: str
    shops: list[Shop]
    olga: Operator
    otto: Operator
    mira: Operator
    """A manager."""

    @property
    def organization(self) -> str:
        return self.acme.console.split("/")[2]

    def ask(self, shop: Shop, item: str, cents: int = PURCHASE_CENTS) -> Approved | StepUp:
        """The concierge wants to buy; raises Declined."""
        return self.forward(shop, self.wish(shop, item, cents))

    def wish(self, shop: Shop, item: str, cents: int = PURCHASE_CENTS) -> dict[str, Any]:
        """The shop's offer and the concierge's signed intent, not yet sent on to the register."""
        agent, total = self.concierge, Money(cents, "EUR")
        token = shop.client.offer(
            agent=agent.did, nonce=agent.new_nonce(), total=total, items_digest=digest_of_items([item])
        )
        offer: CheckedOffer = agent.check_offer(token, assurance_min=2)
        intent = agent.sign_intent(offer, delegation=self.link)
        return {"intent": intent, "amount": total, "order_hash": offer.signed.offer.items_digest, "offer": token}

    def forward(self, shop: Shop, wish: dict[str, Any]) -> Approved | StepUp:
        return shop.client.authorize(**wish)

    def buy(self, shop: Shop, item: str) -> str:
        outcome = self.ask(shop, item)
        assert isinstance(outcome, Approved), outcome
        assert outcome.authorization_id is not None
        shop.client.capture(outcome.authorization_id, Money(PURCHASE_CENTS, "EUR"), is_final=True)
        return outcome.authorization_id

    def resolved(self, did: str, status: int = 200) -> dict[str, Any]:
        """The signed answer, as anybody gets it."""
        page = Program(self.base).get(f"/v1/resolve/{quote(did, safe=':')}")
        assert page.status == status, page.text
        answer: dict[str, Any] = page.json()
        return answer


@contextmanager
def town_of(base: str, settings: Any) -> Iterator[Town]:
    with ExitStack() as stack:
        inboxes = [stack.enter_context(inbox()) for _ in SHOPS]
        settings.FETCH_ALLOW_ADDRESSES = [each.url.split("/")[2] for each in inboxes]
        olga, otto = operator_of(base, "Olga"), operator_of(base, "Otto")
        mira = operator_of(base, "Mira", role="manager")
        acme = owner_of(base, "Acme")
        verify(olga, acme)
        concierge, concierge_key = acme.register("Concierge")
        broker, broker_key = registered(acme, "Broker")
        agents = [
            stack.enter_context(AgentClient(base, each["did"], key))
            for each, key in ((concierge, concierge_key), (broker, broker_key.private))
        ]
        shops = [_shop(stack, base, name, box) for name, box in zip(SHOPS, inboxes, strict=True)]
        yield Town(
            base=base,
            acme=acme,
            concierge=agents[0],
            concierge_id=concierge["id"],
            broker=agents[1],
            broker_id=broker["id"],
            broker_key=broker_key,
            link=lend(acme, agents[0]),
            shops=shops,
            olga=olga,
            otto=otto,
            mira=mira,
        )


def registered(owner: Owner, display_name: str) -> tuple[dict[str, Any], OwnKey]:
    key = OwnKey()
    return created(
        owner.program.post("/v1/agents", {**prove(owner.program, "register", key), "display_name": display_name})
    ), key


def verify(operator: Operator, owner: Owner) -> None:
    """The operator went there, and says so at the desk."""
    address = f"/desk/organizations/{owner.console.split('/')[2]}/"
    said = {"assurance_level": "3", "assurance_reason": "Visited its office, spoke with its director"}
    page = operator.do(address, having="assurance_level", **said)
    assert "Visited its office" in page.text


def lend(owner: Owner, agent: AgentClient) -> str:
    """Acme's program drafts a link of 500 euros, 100 for one purchase, asked about above 50; its owner reads the words
    and signs them with her passkey."""
    eur = {"currency": "EUR", "exponent": 2}
    limits = [
        {"type": "total", "amount": 50_000, **eur},
        {"type": "per_transaction", "max": 10_000, **eur},
        {"type": "countries", "allow": ["DE"]},
        {"type": "step_up", "when": {"amountOver": 5_000, **eur}, "approvers": "principal"},
    ]
    until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    asked = {"agent": agent.did, "constraints": limits, "valid_until": until}
    draft = created(owner.program.post("/v1/delegations/drafts", asked))
    page = owner.say_yes(urlsplit(draft["approve_url"]).path)
    assert page.status == 200, page.text
    return str(draft["id"])


def case_about(operator: Operator, report: str) -> str:
    """The case that a report is in, as the desk links it."""
    found = re.search(r"/desk/cases/(cas_[0-9a-z]+)/", operator.read(f"/desk/reports/{report}/").text)
    assert found
    return found[1]


def _shop(stack: ExitStack, base: str, name: str, box: Inbox) -> Shop:
    owner = owner_of(base, name)
    client = stack.enter_context(owner.shop(name, mcc="5734", country="DE"))
    call_command("vendor_assurance", client.did, "2", verbosity=0)  # the register's staff looked at its papers
    shop = Shop(owner, client, box)
    stack.callback(shop.close)
    return shop


def earlier(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)
