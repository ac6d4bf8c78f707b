"""The first run at every step: WCAG 2.2 AA as axe-core sees it, light and dark, on a desk and in a hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from identity.accounts.models import Organization, User
from identity.accounts.organizations import personal_organization
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.sandbox import SANDBOX_SIGN_IN
from identity.journal.actor import Actor, ActorKind
from identity.spending.answers import approve
from identity.spending.models import Approval
from registry.sandbox.progress import Step
from registry.sandbox.runs import lend, start
from registry.sandbox.story import go_on
from tests.browser.test_accessibility import NARROWEST, look_at

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hers(alice: User, at: datetime) -> Organization:
    return personal_organization(alice, at)


@pytest.mark.timeout(300)
def test_it_passes_axe_at_every_step(
    open_page: Callable[..., Page], alice: User, hers: Organization, at: datetime
) -> None:
    page, by_alice = open_page(user=alice), Actor(ActorKind.USER, alice.pk)
    address = reverse("console_first_run", args=[hers.pk])
    evidence = strong_sign_in_evidence(method=SANDBOX_SIGN_IN, signed_in_at=at)
    found = look_at(page, [reverse("console_welcome"), address])
    run = start(organization=hers, actor=by_alice, at=at)
    found |= look_at(page, [address])
    lend(run=run, evidence=evidence, actor=by_alice, at=at)
    for step in (Step.BUY, Step.CHARGE, Step.ASK):
        go_on(run=run, step=step, at=at)
    question = Approval.objects.get()
    found |= look_at(page, [address, reverse("approve", args=[question.pk])])
    approve(approval=question, approver=alice, evidence=evidence, actor=by_alice, at=at)
    found |= look_at(page, [reverse("approve", args=[question.pk])])
    for step in (Step.BUY_APPROVED, Step.GIVE_BACK):
        go_on(run=run, step=step, at=at)
    found |= look_at(page, [address, reverse("console_organization", args=[hers.pk])])
    assert found == {}
    page.set_viewport_size({"width": NARROWEST, "height": 800})
    page.goto(address)
    for evidence_shown in page.locator("details > summary").all():
        evidence_shown.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST
