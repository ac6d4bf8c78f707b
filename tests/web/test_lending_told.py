"""Somebody who lends within a rule: told before she tries, at the step that goes beyond, and at the signature."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.accounts.models import Organization, Role, User
from identity.delegation.constraints import parse_constraints
from identity.delegation.delegate import delegate_root, strong_sign_in_evidence
from identity.delegation.lending_bounds import Bounds, Ceiling
from identity.delegation.lending_rules import set_lending_rule
from identity.delegation.link import Terms
from identity.delegation.models import Delegation, DelegationDraft, LimitTemplate
from identity.journal.actor import Actor, ActorKind
from tests.team_scene import SUPPLIES, agent, by_alice, lena, page, small, supplies

__all__ = ["agent", "by_alice", "lena", "page", "small", "supplies"]
pytestmark = pytest.mark.django_db


def test_a_lender_without_a_rule_is_told_before_she_tries(page: Callable[..., Any], lena: User) -> None:
    shown = page(lena, "delegations/new/")
    assert shown.status_code == 403
    assert "lends nothing at Acme yet" in shown.content.decode()


def test_a_lender_is_told_her_limits_on_every_step(
    page: Callable[..., Any], lena: User, small: Bounds, agent: Any
) -> None:
    for step in ("who", "amounts"):
        shown = page(lena, "delegations/new/", step=step, agent=agent.did, preset="own").content.decode()
        assert "At most 200.00 EUR a month" in shown


@pytest.mark.parametrize(
    ("answers", "step", "field"),
    [
        ({}, "amounts", "per_purchase"),
        ({"per_purchase": "50", "per_month": "200", "total": "700"}, "amounts", "total"),
        ({"per_purchase": "50", "per_month": "201", "total": "600"}, "amounts", "per_month"),
        ({"per_purchase": "50", "per_month": "200", "total": "600", "currency": "USD"}, "amounts", "currency"),
        ({"per_purchase": "50", "per_month": "200", "total": "600", "days": "90"}, "when", "days"),
    ],
)
def test_what_goes_beyond_is_said_at_its_step(
    page: Callable[..., Any], lena: User, small: Bounds, agent: Any, answers: dict[str, str], step: str, field: str
) -> None:
    sent = {"agent": agent.did, "preset": "own", "filled": "own", "currency": "EUR", "total": "600", "days": "30"}
    sent |= {"timezone": "UTC", "max_further_depth": "0"} | answers
    shown = page(lena, "delegations/new/", sent)
    assert shown.status_code == 422
    assert shown.context["asked"].step.key == step
    assert field in shown.context["form"].errors
    assert not DelegationDraft.objects.exists()


def test_the_picture_says_what_she_may_not_lend(page: Callable[..., Any], lena: User, small: Bounds) -> None:
    sent = {"preset": "own", "filled": "own", "currency": "EUR", "total": "900", "days": "30"}
    sent |= {"timezone": "UTC", "max_further_depth": "0"}
    words = page(lena, "delegations/new/preview/", **sent).content.decode()
    assert "You may not lend this yourself." in words
    assert "at most 600.00 EUR in total" in words


def test_a_template_is_where_somebody_begins(
    page: Callable[..., Any], lena: User, small: Bounds, agent: Any, supplies: LimitTemplate
) -> None:
    shown = page(lena, "delegations/new/")
    assert "Office supplies" in shown.content.decode()
    sent = {"agent": agent.did, "preset": supplies.pk}
    for step in ("amounts", "where", "when", "asking"):
        asked = page(lena, "delegations/new/", **sent, step=step).context["asked"]
        assert asked.step.key == step, asked.form.errors
        sent = {}
        for name, value in asked.kept:
            sent.setdefault(name, []).append(value)
        for bound in asked.fields:
            if bound.value() not in (None, "", False, []):
                sent[bound.name] = "on" if bound.value() is True else bound.value()
    response = page(lena, "delegations/new/", sent)
    assert response.status_code == 302, response.context["form"].errors
    limits = DelegationDraft.objects.get().document["credentialSubject"]["limits"]
    assert [limit["type"] for limit in limits] == [claim["type"] for claim in SUPPLIES]
    assert [limit.get("amount") for limit in limits] == [claim.get("amount") for claim in SUPPLIES]


def test_a_template_beyond_her_rule_is_not_offered(
    page: Callable[..., Any],
    lena: User,
    alice: User,
    acme: Organization,
    supplies: LimitTemplate,
    by_alice: Any,
    at: Any,
) -> None:
    tiny = Bounds(may_lend=True, ceilings=(Ceiling(currency="EUR", total=100),))
    set_lending_rule(organization=acme, role=Role.LENDER, bounds=tiny, actor=by_alice, at=at)
    assert "Office supplies" not in page(lena, "delegations/new/").content.decode()
    assert "More than these may lend" in page(alice, "team/").content.decode()


def test_a_rule_that_came_in_between_stops_the_consent_with_a_clear_sentence(
    page: Callable[..., Any],
    lena: User,
    alice: User,
    small: Bounds,
    agent: Any,
    acme: Organization,
    by_alice: Actor,
    at: datetime,
) -> None:
    sent = {"agent": agent.did, "preset": "own", "filled": "own", "currency": "EUR", "total": "50", "days": "30"}
    sent |= {"timezone": "UTC", "max_further_depth": "0"}
    draft_page = page(lena, "delegations/new/", sent)
    assert draft_page.status_code == 302
    lower = Bounds(may_lend=True, ceilings=(Ceiling(currency="EUR", total=1_000),))
    set_lending_rule(organization=acme, role=Role.LENDER, bounds=lower, actor=by_alice, at=at)
    place = draft_page.headers["Location"].split(f"{acme.pk}/")[1]
    shown = page(lena, place).content.decode()
    assert "You may not lend this yourself." in shown
    assert "at most 10.00 EUR in total" in shown
    assert "data-passkey" not in shown
    assert "data-consent" in page(alice, place).content.decode()  # an owner signs it in her place
    assert not Delegation.objects.exists()


def test_a_lender_pauses_anything_and_resumes_only_her_own(
    page: Callable[..., Any], lena: User, alice: User, small: Bounds, agent: Any, acme: Organization, at: datetime
) -> None:
    evidence = strong_sign_in_evidence(method="webauthn", signed_in_at=at)
    lent = Terms(constraints=parse_constraints(SUPPLIES), valid_from=at, valid_until=at + timedelta(days=30))
    for person, resumes in ((alice, False), (lena, True)):
        actor = Actor(ActorKind.USER, person.pk)
        root = delegate_root(principal=acme, agent=agent, terms=lent, evidence=evidence, actor=actor, at=at)
        page(lena, f"delegations/{root.pk}/suspend/", {})
        root.refresh_from_db()
        assert root.status == "suspended"
        page(lena, f"delegations/{root.pk}/resume/", {})
        root.refresh_from_db()
        assert (root.status == "active") is resumes


def test_a_lender_stops_everything_and_lets_it_go_on_through_an_owner(
    page: Callable[..., Any], lena: User, acme: Organization
) -> None:
    from identity.delegation.models import PrincipalFreeze

    page(lena, "delegations/pause/", {})
    assert PrincipalFreeze.objects.filter(principal=acme).exists()
    shown = page(lena, "delegations/resume/", {"by_sign_in": "1"})
    assert "Only an owner or an administrator resumes" in shown.content.decode()
    assert PrincipalFreeze.objects.filter(principal=acme).exists()
