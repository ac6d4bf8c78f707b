"""The pages of a credential: axe-clean in every theme and width, whether it counts or not."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from identity.accounts.models import User
from identity.agents.models import Agent
from identity.credentials.issue import issue_credential
from identity.credentials.lifecycle import suspend_credential
from identity.credentials.models import Credential
from identity.journal.actor import Actor, ActorKind, system
from registry.directory.models import Name
from tests.browser.test_accessibility import look_at

if TYPE_CHECKING:
    from playwright.sync_api import Page

NARROWEST = 320


@pytest.fixture
def issued(concierge: Agent, concierge_name: Name, alice: User, at: datetime) -> Credential:
    return issue_credential(agent=concierge, actor=Actor(ActorKind.USER, alice.pk), at=at)


@pytest.fixture
def addresses(issued: Credential, concierge_name: Name) -> list[str]:
    in_console = f"/console/{issued.organization_id}/agents/{issued.agent_id}/credentials/"
    one = f"{in_console}{issued.pk}/"
    return [
        f"/c/{issued.pk}",
        f"/a/{concierge_name.fqn}",
        in_console,
        f"{in_console}issue/",
        one,
        f"{one}suspend/",
        f"{one}revoke/",
    ]


@pytest.mark.timeout(300)
def test_they_pass_axe(open_page: Callable[..., Page], alice: User, addresses: list[str]) -> None:
    page = open_page(user=alice)
    if folder := os.environ.get("SCREENSHOTS"):
        for number, address in enumerate(addresses):
            for width, theme in ((1280, "light"), (375, "dark")):
                page.emulate_media(color_scheme=theme)
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(address)
                page.screenshot(path=f"{folder}/{number}-{width}.png", full_page=True)
    assert look_at(page, addresses) == {}


@pytest.mark.timeout(300)
def test_they_pass_axe_when_it_does_not_count(
    open_page: Callable[..., Page], alice: User, issued: Credential, at: datetime
) -> None:
    suspend_credential(credential=issued, reason="under_review", actor=system("tests"), at=at)
    one = f"/console/{issued.organization_id}/agents/{issued.agent_id}/credentials/{issued.pk}/"
    assert look_at(open_page(user=alice), [f"/c/{issued.pk}", one]) == {}


def test_they_never_scroll_sideways(open_page: Callable[..., Page], alice: User, addresses: list[str]) -> None:
    page = open_page(width=NARROWEST, user=alice)
    for address in addresses:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, address
