"""The first run in the browser: from the welcome page to the last refund, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from identity.accounts.models import Organization, Role, User
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.models import Delegation
from identity.journal.actor import Actor
from identity.spending.answers import approve
from identity.spending.models import Approval, ApprovalState, ApprovalVote, Authorization
from registry.sandbox.models import SandboxRun
from registry.sandbox.progress import Step
from registry.sandbox.runs import lend, remove
from registry.sandbox.story import go_on
from registry.web.overview import overview_of
from tests.passkeys import SoftPasskey
from tests.spending.conftest import TOTAL_500, Holder, grant, make_holder

__all__ = ["grant", "make_holder"]
pytestmark = pytest.mark.django_db
QUERIES_MAX = 12
PAGE_BYTES_MAX = 150_000


def address(organization: Organization) -> str:
    return reverse("console_first_run", args=[organization.pk])


def press(browser: Client, organization: Organization, **form: str) -> str:
    response = browser.post(address(organization), form, follow=True)
    assert response.status_code == 200, response.content.decode()[:2_000]
    return response.content.decode()


def test_it_goes_from_an_empty_console_to_a_refund_with_a_password_alone(browser: Client, alice: User) -> None:
    assert reverse("console_welcome") in browser.get("/console/").content.decode()
    page = browser.post(reverse("console_welcome"), follow=True).content.decode()
    hers = Organization.objects.get(person=alice)
    assert "At most 200.00 XTS in total" in page
    press(browser, hers, by_sandbox_sign_in="1")
    assert Delegation.objects.get().status == "active"
    for step in ("buy", "charge", "ask"):
        page = press(browser, hers, act="go_on", step=step)
    question = Approval.objects.get()
    assert reverse("approve", args=[question.pk]) in page
    asked = browser.get(reverse("approve", args=[question.pk])).content.decode()
    assert "Sandbox:" in asked
    browser.post(reverse("approve", args=[question.pk]), {"by_sandbox_sign_in": "1"})
    question.refresh_from_db()
    assert question.state == ApprovalState.APPROVED
    assert ApprovalVote.objects.get().evidence["method"] == "sandbox"
    for step in ("buy_approved", "give_back"):
        page = press(browser, hers, act="go_on", step=step)
    assert "That was all of it" in page
    assert page.count("&quot;receipt&quot;") == 5  # three decisions and two steps after them


def test_it_takes_a_passkey_from_whoever_has_one(browser: Client, alice: User, begun: SandboxRun) -> None:
    passkey = SoftPasskey().add_to(alice)
    hers = begun.organization
    page = browser.get(address(hers)).content.decode()
    assert "by_sandbox_sign_in" not in page
    challenge = re.search(r'"challenge": "([^"]+)"', unescape(page))
    assert challenge
    refused = browser.post(address(hers), {"by_sandbox_sign_in": "1"})
    press(browser, hers, consent=passkey.answer(challenge[1]))
    assert Delegation.objects.count() == 1
    assert refused.status_code in (302, 409)


def test_it_asks_for_the_password_once_more_when_that_was_long_ago(
    browser: Client, begun: SandboxRun, at: datetime
) -> None:
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": 1.0}]
    session.save()
    UserSession.objects.update(created_at=at - timedelta(hours=1))
    page = browser.get(address(begun.organization)).content.decode()
    assert reverse("account_reauthenticate") in page
    response = browser.post(address(begun.organization), {"by_sandbox_sign_in": "1"})
    assert response.status_code == 409
    assert not Delegation.objects.exists()


def test_it_shows_what_stands_in_the_way_and_does_nothing(
    browser: Client, lent: SandboxRun, alice: User, by_alice: Actor, at: datetime
) -> None:
    for form in ({"act": "go_on", "step": "charge"}, {"act": "go_on", "step": "nonsense"}, {"act": "go_on"}):
        press(browser, lent.organization, **form)
    assert not Authorization.objects.exists()
    remove(organization=lent.organization, actor=by_alice, at=at)
    page = press(browser, lent.organization, act="go_on", step="buy")
    assert "What you will see" in page


def test_it_is_a_page_for_its_own_people_only(client: Client, charlie: User, begun: SandboxRun) -> None:
    client.force_login(charlie, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(address(begun.organization)).status_code == 404
    assert client.post(address(begun.organization), {"act": "remove"}).status_code == 404


def test_it_takes_few_queries_and_is_light(
    browser: Client, begun: SandboxRun, alice: User, by_alice: Actor, at: datetime
) -> None:
    def look() -> None:
        with CaptureQueriesContext(connection) as seen:
            response = browser.get(address(begun.organization))
        assert len(seen) <= QUERIES_MAX, "\n".join(query["sql"][:160] for query in seen)
        assert len(response.content) < PAGE_BYTES_MAX

    browser.get(address(begun.organization))
    look()
    evidence = strong_sign_in_evidence(method="sandbox", signed_in_at=at)
    lend(run=begun, evidence=evidence, actor=by_alice, at=at)
    for step in (Step.BUY, Step.CHARGE, Step.ASK):
        go_on(run=begun, step=step, at=at)
        look()
    approve(approval=Approval.objects.get(), approver=alice, evidence=evidence, actor=by_alice, at=at)
    for step in (Step.BUY_APPROVED, Step.GIVE_BACK):
        go_on(run=begun, step=step, at=at)
        look()


def test_the_console_offers_it_until_it_was_begun_or_skipped(browser: Client, hers: Organization) -> None:
    overview = reverse("console_organization", args=[hers.pk])
    offered = "Your first purchase, with play money"
    assert offered in browser.get(overview).content.decode()
    browser.post(address(hers), {"act": "skip"})
    assert offered not in browser.get(overview).content.decode()
    press(browser, hers, act="start")
    assert "Your sandbox is open" in browser.get(overview).content.decode()


def test_the_console_offers_it_to_nobody_who_lends_for_real(
    browser: Client,
    hers: Organization,
    grant: Callable[..., Delegation],
    make_holder: Callable[..., Holder],
) -> None:
    overview = reverse("console_organization", args=[hers.pk])
    offered = "Your first purchase, with play money"
    grant(make_holder("Planner"), TOTAL_500)
    assert offered in browser.get(overview).content.decode()  # another organization's delegation says nothing of hers
    grant(make_holder("Buyer"), TOTAL_500, principal=hers)
    assert offered not in browser.get(overview).content.decode()
    assert browser.get(address(hers)).status_code == 200  # but the page itself stands for whoever looks for it


def test_the_console_takes_play_money_for_no_lending(browser: Client, lent: SandboxRun, at: datetime) -> None:
    assert overview_of(lent.organization, role=Role.OWNER, at=at).has_lent is False
    overview = reverse("console_organization", args=[lent.organization.pk])
    assert "Your sandbox is open" in browser.get(overview).content.decode()


def test_the_pages_of_the_delegation_stand_in_the_sandbox_too(browser: Client, lent: SandboxRun, at: datetime) -> None:
    go_on(run=lent, step=Step.BUY, at=at)
    organization, line = lent.organization_id, Authorization.objects.get().pk
    for page in (
        reverse("console_delegations", args=[organization]),
        reverse("console_delegation", args=[organization, lent.delegation]),
        reverse("console_delegation_change", args=[organization, lent.delegation]),
        reverse("console_delegation_revoke", args=[organization, lent.delegation]),
        reverse("console_statement", args=[organization]),
        reverse("console_statement_line", args=[organization, line]),
        reverse("console_statement_csv", args=[organization]),
    ):
        assert browser.get(page).status_code == 200, page
