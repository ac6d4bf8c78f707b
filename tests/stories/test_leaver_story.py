"""Somebody leaves, over HTTP only: Berta has lent in the organization's name, her agents hold money, her program runs.
Anna removes her with one button; from that moment nothing of it goes on, and what Anna lent herself does."""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.management import call_command

from registry.client import AgentClient, Approved, Declined, Money, Refused, VendorClient, digest_of_items
from tests.passkeys import SoftPasskey
from tests.stories.people import Owner, owner_of
from tests.stories.test_delegation_story import TOTAL_500, lend
from tests.stories.test_directory_story import service_key_of, sign_up
from tests.stories.visitor import Program

pytestmark = pytest.mark.django_db(transaction=True)


def joined(anna: Owner, name: str, role: str) -> Owner:
    """Anna invites her, she signs up, follows the link in the mail, adds a passkey and makes a key for her program."""
    from identity.accounts.models import User

    email = f"{name.lower()}@example.org"
    members = anna.visitor.get(f"{anna.console}members/")
    anna.visitor.submit(members, having="email", email=email, role=role)
    link = re.search(r"(/invitations/\S+/)", str(mail.outbox[-1].body))
    assert link is not None
    visitor = sign_up(anna.base, email)
    person = Owner(anna.base, visitor, "/console/", Program(anna.base, ""), SoftPasskey(origin=anna.base))
    person.press(link[1])
    person.console = anna.console
    person.passkey = SoftPasskey(rp_id="localhost", origin=anna.base).add_to(User.objects.get(email=email))
    person.program = Program(anna.base, service_key_of(visitor, anna.console))
    return person


def buy(shop: VendorClient, agent: AgentClient, link: str, amount: int) -> Any:
    """What becomes of a purchase: the agent's answer from the registry, by the shop."""
    items = digest_of_items([f"{amount} cents worth"])
    total = Money(amount, "EUR")
    offer = shop.offer(agent=agent.did, nonce=agent.new_nonce(), total=total, items_digest=items)
    checked = agent.check_offer(offer, assurance_min=2)
    intent = agent.sign_intent(checked, delegation=link)
    return shop.authorize(intent, total, order_hash=items, offer=offer)


def test_what_a_leaver_left_behind_ends_with_one_button(live_server: Any, settings: Any) -> None:
    base = live_server.url
    settings.PUBLIC_URL, settings.PUBLIC_HOST = base, urlsplit(base).netloc
    anna, nordlicht = owner_of(base, "Anna"), owner_of(base, "Nordlicht")
    berta = joined(anna, "Berta", "administrator")
    with ExitStack() as stack:
        planner, buyer, other = (stack.enter_context(anna.agent(name)) for name in ("Planner", "Buyer", "Other"))
        shop = stack.enter_context(nordlicht.shop("Nordlicht Hardware", mcc="5734", country="DE"))
        call_command("vendor_assurance", shop.did, "2", verbosity=0)

        # Berta lends to the planner, which passes on to the buyer, which has bought; Anna lends to another agent.
        root = lend(berta, planner)
        until = datetime.now(UTC) + timedelta(days=20)
        passed_on = planner.pass_on(root, to=buyer.did, constraints=[TOTAL_500], valid_until=until)["id"]
        annas = lend(anna, other)
        held = buy(shop, buyer, passed_on, 4_000)
        assert isinstance(held, Approved)
        assert berta.program.get("/v1/agents").status == 200

        # Anna reads what will end, and ends it.
        members = anna.visitor.get(f"{anna.console}members/").text
        addresses = re.findall(r'href="([^"]+/remove/)"', members)
        address = next(one for one in addresses if is_about(anna, one, "berta@example.org"))
        page = anna.visitor.get(address).text
        for words in ("One delegation ends", "Planner", "Buyer", "40.00 EUR", "One service key is revoked"):
            assert words in page, words
        after = anna.press(address)
        assert "has left. Ended with it: 1 delegation, 1 open hold, 1 service key." in after.text, after.text

        # Nothing of it goes on: not the hold, not the chain, not the program, not the pages.
        assert held.authorization_id is not None
        with pytest.raises(Refused) as refused:
            shop.capture(held.authorization_id, Money(4_000, "EUR"), is_final=True)
        assert refused.value.code in ("hold_already_voided", "hold_closed", "chain_link_revoked"), refused.value.code
        with pytest.raises(Declined):
            buy(shop, buyer, passed_on, 1_000)
        assert berta.program.get("/v1/agents").status == 401
        assert "Planner" not in berta.visitor.get(f"{anna.console}agents/").text

        # What Anna lent herself goes on, and a second click is told that she has left.
        assert isinstance(buy(shop, other, annas, 1_000), Approved)
        assert "has left already" in anna.press(address).text


def is_about(anna: Owner, address: str, name: str) -> bool:
    return f"Remove {name}" in anna.visitor.get(address).text
