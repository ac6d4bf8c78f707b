"""Delegations as cards: meters, what a revocation would cut, the stop on every page, and what all of it costs."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from identity.accounts.models import Membership, Role
from identity.spending.models import Authorization
from registry.web.tree import TreeNode, tree
from tests.spending_scene import *  # noqa: F403 - fixtures
from tests.spending_scene import LIMITS, Scene

pytestmark = pytest.mark.django_db
QUERIES_MAX = 12


@pytest.fixture
def browser(client: Client, alice: Any) -> Client:
    client.force_login(alice)
    return client


def test_a_card_says_what_it_may_has_done_and_still_can(browser: Client, acme: Any, morning: Scene) -> None:
    response = browser.get(f"/console/{acme.pk}/delegations/")
    (card,) = response.context["cards"]
    assert card.sentence == (
        "At most 500.00 EUR in total; at most 150.00 EUR a month (Europe/Berlin); asks you first above 25.00 EUR."
    )
    month, total = card.meters
    assert (month.held, month.left, total.left) == ("64.99 EUR", "85.01 EUR", "435.01 EUR")
    assert month.resets_at is not None
    assert total.resets_at is None
    assert card.sub_agents == 1
    assert card.last_used_at is not None
    assert "Unproven" in response.content.decode()


def test_a_pause_on_the_card_comes_back_to_it(browser: Client, acme: Any, morning: Scene) -> None:
    place = f"/console/{acme.pk}/delegations/"
    paused = browser.post(f"{place}{morning.root.pk}/suspend/", {"back": "list"})
    assert paused["Location"] == f"{place}#{morning.root.pk}"
    (card,) = browser.get(place).context["cards"]
    assert (card.state, card.is_paused_by_principal) == ("suspended", True)
    again = browser.post(f"{place}{morning.root.pk}/suspend/", {"back": "list"}, follow=True).content.decode()
    assert "suspended already" in again


def test_what_has_ended_stands_apart(browser: Client, acme: Any, morning: Scene) -> None:
    place = f"/console/{acme.pk}/delegations/"
    browser.post(f"{place}{morning.root.pk}/revoke/", {"reason": "misuse"})
    assert browser.get(place).context["cards"] == []
    (card,) = browser.get(f"{place}?show=ended").context["cards"]
    assert card.is_over


def test_the_revocation_cuts_what_its_page_showed(browser: Client, acme: Any, morning: Scene) -> None:
    address = f"/console/{acme.pk}/delegations/{morning.root.pk}/revoke/"
    shown = browser.get(address)
    cut = shown.context["cut"]
    assert (cut.hold_count, cut.sums) == (3, ["64.99 EUR"])
    assert [row.delegation.pk for row in shown.context["below"]] == [morning.child.pk]
    browser.post(address, {"reason": "misuse"})
    assert Authorization.objects.filter(close_reason="revoked").count() == cut.hold_count
    assert not Authorization.objects.exclude(state="closed").exists()


def test_the_cards_take_few_queries_however_many_there_are(
    browser: Client, acme: Any, planner: Any, grant: Any
) -> None:
    for _ in range(24):
        grant(planner, *LIMITS)
    with CaptureQueriesContext(connection) as seen:
        response = browser.get(f"/console/{acme.pk}/delegations/")
    assert len(response.context["cards"]) == 24
    assert len(seen) <= QUERIES_MAX, "\n".join(query["sql"][:200] for query in seen)
    assert len(response.content) <= 150_000


def test_the_other_pages_take_few_queries_too(browser: Client, acme: Any, morning: Scene) -> None:
    place = f"/console/{acme.pk}/delegations/"
    for rest in (f"{morning.root.pk}/", f"{morning.root.pk}/revoke/", f"{morning.root.pk}/change/", "new/"):
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(f"{place}{rest}").status_code == 200
        assert len(seen) <= QUERIES_MAX, "\n".join([rest, *(query["sql"][:200] for query in seen)])


def test_the_stop_is_on_every_console_page(browser: Client, acme: Any, morning: Scene) -> None:
    for rest in ("", "agents/", "approvals/", "delegations/"):
        assert "Pause everything" in browser.get(f"/console/{acme.pk}/{rest}").content.decode()
    browser.post(f"/console/{acme.pk}/delegations/pause/")
    page = browser.get(f"/console/{acme.pk}/agents/").content.decode()
    assert "Everything is paused." in page
    assert f"/console/{acme.pk}/delegations/resume/" in page


def test_whoever_may_not_lend_is_not_offered_the_stop(client: Client, acme: Any, bob: Any) -> None:
    Membership.objects.filter(organization=acme, user=bob).update(role=Role.MEMBER)
    client.force_login(bob)
    assert "Pause everything" not in client.get(f"/console/{acme.pk}/").content.decode()


def test_the_tree_draws_every_link_once_and_escapes_names() -> None:
    nodes = [
        TreeNode("a", None, "Anna & <Sons>", "lends"),
        TreeNode("b", "a", "Planner", "Active", address="/b", edge=("up to 5.00 EUR", "10 % used")),
        TreeNode("c", "b", "Buyer", "Suspended", address="/c", is_active=False),
        TreeNode("d", "b", "Booker of very long journeys", "Active", address="/d", is_current=True),
        TreeNode("x", "nowhere", "Lost", "Active"),
    ]
    drawn = ElementTree.fromstring(tree(title="Who", nodes=nodes))
    links = [each.get("href") for each in drawn.iter("a")]
    texts = [each.text for each in drawn.iter("text")]
    assert links == ["/b", "/c", "/d"]
    assert "Anna & <Sons>" in texts
    assert "Booker of very long…" in texts
    assert "Lost" not in texts
    assert len(list(drawn.iter("path"))) == 3
