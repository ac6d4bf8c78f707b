"""A delegation that allows nothing now: its page says why in plain words, and offers only what can still be done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from identity.accounts.models import User
from registry.web.delegation_view import STOPS
from tests.endings import lent_before, over_delegations, stopped_agents
from tests.moderation.conftest import oskar
from tests.page_fixtures import concierge, concierge_name, signed_in
from tests.spending.conftest import make_holder

__all__ = [
    "concierge",
    "concierge_name",
    "lent_before",
    "make_holder",
    "oskar",
    "over_delegations",
    "signed_in",
    "stopped_agents",
]
pytestmark = pytest.mark.django_db
SAID = {
    "expired": ("credential_expired", {"Revoke…"}),
    "not-begun": ("credential_not_yet_valid", {"Pause", "Change", "Revoke…"}),
    "revoked": ("chain_link_revoked", set()),
    "suspended": ("chain_link_suspended", {"Resume", "Revoke…"}),
    "suspended-by-the-registry": ("chain_link_suspended", {"Revoke…"}),
}


def test_it_says_why_and_offers_what_can_be_done(
    alice: User, signed_in: Callable[[User], Client], over_delegations: dict[str, str]
) -> None:
    client = signed_in(alice)
    assert set(SAID) == set(over_delegations)
    for name, address in over_delegations.items():
        page = client.get(address).content.decode()
        main = page[page.index("<main") :]
        code, offered = SAID[name]
        assert str(STOPS[code][0]) in main, name
        assert "Link 0" not in main
        assert {words for words in ("Pause", "Resume", "Change", "Revoke…") if f"{words}<span" in main} == offered, name
        assert ("Paused by the register" in main) == (name == "suspended-by-the-registry")


def test_the_list_of_what_ended_offers_nothing(
    alice: User, signed_in: Callable[[User], Client], over_delegations: dict[str, str]
) -> None:
    place = over_delegations["expired"].rsplit("/", 2)[0]
    shown = signed_in(alice).get(f"{place}/?show=ended")
    assert {card.state for card in shown.context["cards"]} == {"expired", "revoked"}
    assert 'class="card-acts"' not in shown.content.decode()


def test_an_agents_page_words_why_it_stopped(
    alice: User, signed_in: Callable[[User], Client], stopped_agents: dict[str, tuple[str, str]]
) -> None:
    client = signed_in(alice)
    for status, words in (("deactivated", "cessation of operation"), ("revoked", "confirmed fraud")):
        page = client.get(stopped_agents[status][1]).content.decode()
        assert words in page
        assert words.replace(" ", "_") not in page
