"""What is over, paused or stopped: WCAG 2.2 AA as axe-core sees it, light and dark, on a desk and in a hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from identity.accounts.models import Organization, User
from tests.browser.test_accessibility import look_at
from tests.endings import lent_before, over_delegations, over_questions, stopped_agents
from tests.moderation.conftest import oskar
from tests.spending_scene import *  # noqa: F403 - fixtures

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["lent_before", "oskar", "over_delegations", "over_questions", "stopped_agents"]


@pytest.mark.timeout(300)
def test_they_pass_axe(
    open_page: Callable[..., Page],
    alice: User,
    acme: Organization,
    over_delegations: dict[str, str],
    over_questions: dict[str, str],
    stopped_agents: dict[str, tuple[str, str]],
) -> None:
    addresses = [*over_delegations.values(), f"/console/{acme.pk}/delegations/?show=ended", *over_questions.values()]
    addresses += [address for pair in stopped_agents.values() for address in pair]
    assert look_at(open_page(user=alice), addresses) == {}
