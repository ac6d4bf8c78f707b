"""A colleague leaves: one page shows everything that ends with her, and one button ends it, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from identity.accounts.models import Membership, Organization, Role, ServiceKey, User
from identity.accounts.organizations import change_role
from identity.accounts.permissions import Permission
from identity.accounts.service_keys import create_service_key
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.spending import links
from identity.spending.models import Authorization
from tests.browser.market import *  # noqa: F403 - fixtures
from tests.browser.market import TOTAL_500, Holder, Market, press_tab_to
from tests.spending.conftest import make_terms

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def bobs(
    open_market: Market,
    acme: Organization,
    alice: User,
    bob: User,
    planner: Holder,
    pass_on: Callable[..., Any],
    at: datetime,
) -> Market:
    """Bob lent to the planner, which passed it on to the buyer, which holds 19.99; and he made a key."""
    by_alice, by_bob = Actor(ActorKind.USER, alice.pk), Actor(ActorKind.USER, bob.pk)
    change_role(membership=acme.memberships.get(user=bob), role=Role.ADMINISTRATOR, actor=by_alice, at=at)
    root = links.delegate_root(
        principal=acme,
        agent=planner.agent,
        terms=make_terms(at, TOTAL_500, max_further_depth=1),
        evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
        actor=by_bob,
        at=at,
    )
    open_market.link = pass_on(root, planner, open_market.holder, TOTAL_500).pk
    open_market.hold(1_999)
    create_service_key(
        organization=acme,
        name="Nightly export",
        scopes=[Permission.AGENTS_READ],
        expires_at=None,
        actor=by_bob,
        at=at,
        created_by=bob,
    )
    return open_market


def everything_ended(market: Market, acme: Organization, bob: User) -> bool:
    assert market.refused(100) == ("delegation_invalid",)
    assert {hold.open for hold in Authorization.objects.all()} == {0}
    assert all(key.revoked_at for key in ServiceKey.objects.filter(organization=acme, created_by=bob))
    assert Event.objects.filter(kind="member.removed").count() <= 1
    return not Membership.objects.filter(organization=acme, user=bob).exists()


def test_the_leaver_is_shown_whole_and_off_boarded_in_one_step(
    open_page: Callable[..., Page], alice: User, bob: User, acme: Organization, bobs: Market
) -> None:
    his = open_page(user=bob)
    his.goto(f"/console/{acme.pk}/delegations/")
    page = open_page(user=alice, width=375)
    page.goto(f"/console/{acme.pk}/members/")
    page.locator(f'a[href$="/{acme.memberships.get(user=bob).pk}/remove/"]').click()
    page.get_by_role("button", name="Remove Bob").wait_for()
    shown = page.locator("main").inner_text()
    for words in ("Planner", bobs.holder.agent.display_name, "19.99", "Nightly export"):
        assert words in shown
    stale = page.context.new_page()
    stale.goto(page.url)

    page.get_by_role("button", name="Remove Bob").dblclick()
    page.wait_for_url(f"**/console/{acme.pk}/members/")
    assert everything_ended(bobs, acme, bob)

    # His open window shows nothing any more, and Alice's other one says that it is done.
    his.reload()
    assert his.get_by_text("Acme").count() == 0
    stale.get_by_role("button", name="Remove Bob").click()
    stale.get_by_text("has left already").wait_for()
    assert Event.objects.filter(kind="delegation.revoked").count() == Delegation.objects.filter(depth=0).count()


def test_the_leaver_is_off_boarded_by_keyboard_and_without_script(
    open_page: Callable[..., Page], alice: User, bob: User, acme: Organization, bobs: Market
) -> None:
    page = open_page(user=alice, script=False)
    page.goto(f"/console/{acme.pk}/members/{acme.memberships.get(user=bob).pk}/remove/")
    press_tab_to(page, "Remove Bob")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/console/{acme.pk}/members/")
    assert everything_ended(bobs, acme, bob)
