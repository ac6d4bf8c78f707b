"""The team's pages: who may lend how much, and the limits an organization offers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from identity.accounts.models import Membership, Organization, Role, User
from identity.delegation.constraints import parse_constraints
from identity.delegation.delegate import delegate_root, strong_sign_in_evidence
from identity.delegation.lending_bounds import FREE, NOTHING, Bounds
from identity.delegation.lending_rules import bounds_of, set_lending_rule
from identity.delegation.link import Terms
from identity.delegation.models import LimitTemplate
from identity.journal.actor import Actor
from tests.team_scene import SMALL, SUPPLIES, agent, by_alice, lena, page, small, supplies

__all__ = ["agent", "by_alice", "lena", "page", "small", "supplies"]
pytestmark = pytest.mark.django_db


def rule_sent(acme: Organization, **changes: Any) -> dict[str, Any]:
    sent = {
        "how": "limits",
        "days_max": "60",
        "rows": "2",
        "row0-currency": "EUR",
        "row0-per_purchase": "50",
        "row0-per_window": "200,00",
        "row0-window": "month",
        "row0-total": "600",
        "seen": bounds_of(acme, Role.LENDER).fingerprint,
    }
    return sent | changes


def test_an_owner_sets_what_lenders_may_and_sees_it_in_words(
    page: Callable[..., Any], alice: User, acme: Organization
) -> None:
    assert page(alice, "team/lending/lender/", rule_sent(acme)).status_code == 302
    assert bounds_of(acme, Role.LENDER) == SMALL
    shown = page(alice, "team/").content.decode()
    for words in ("At most 50.00 EUR in one purchase", "At most 200.00 EUR a month", "For at most 60 days"):
        assert words in shown


def test_it_shows_the_rule_as_it_stands(page: Callable[..., Any], alice: User, small: Bounds) -> None:
    form = page(alice, "team/lending/lender/").context["form"]
    assert form["how"].value() == "limits"
    assert form.rows[0]["per_window"].value() == "200.00"
    assert len(form.rows) == 2  # one to spare


@pytest.mark.parametrize(("how", "bounds"), [("nothing", NOTHING), ("free", FREE)])
def test_nothing_and_everything_need_no_amounts(
    page: Callable[..., Any], alice: User, acme: Organization, small: Bounds, how: str, bounds: Bounds
) -> None:
    assert page(alice, "team/lending/lender/", rule_sent(acme, how=how)).status_code == 302
    assert bounds_of(acme, Role.LENDER) == bounds


@pytest.mark.parametrize(
    "wrong",
    [
        {"how": "perhaps"},
        {"row0-currency": "", "row1-currency": ""},
        {"row0-per_purchase": "1.000,00"},
        {"row0-window": ""},
        {"row1-currency": "EUR", "row1-total": "5"},
        {"row1-currency": "USD"},
        {"row0-currency": "XXX"},
        {"days_max": "0"},
        {"days_max": "99999"},
        {"open_max": "many"},
        {"rows": "0", "days_max": ""} | {f"row0-{name}": "" for name in ("currency", "per_purchase", "total")},
        {"rows": "9999999", "row0-total": "-1"},
    ],
)
def test_what_makes_no_sense_comes_back_with_words(
    page: Callable[..., Any], alice: User, acme: Organization, wrong: dict[str, str]
) -> None:
    response = page(alice, "team/lending/lender/", rule_sent(acme, **wrong))
    assert response.status_code == 422
    assert b"field-error" in response.content or b"error-summary" in response.content
    assert bounds_of(acme, Role.LENDER) == NOTHING


def test_a_stale_page_changes_nothing(page: Callable[..., Any], alice: User, acme: Organization) -> None:
    sent = rule_sent(acme)
    page(alice, "team/lending/lender/", {**sent, "row0-total": "70"})
    page(alice, "team/lending/lender/", sent)
    assert bounds_of(acme, Role.LENDER).ceilings[0].total == 7_000


def test_a_double_click_is_one_change(page: Callable[..., Any], alice: User, acme: Organization) -> None:
    sent = rule_sent(acme)
    assert [page(alice, "team/lending/lender/", sent).status_code for _ in range(2)] == [302, 302]
    assert bounds_of(acme, Role.LENDER) == SMALL


def test_an_administrator_sees_her_rule_and_cannot_set_it(
    page: Callable[..., Any], bob: User, acme: Organization
) -> None:
    Membership.objects.filter(organization=acme, user=bob).update(role=Role.ADMINISTRATOR)
    assert b"Only an owner sets this rule" in page(bob, "team/lending/administrator/").content
    assert page(bob, "team/lending/administrator/", rule_sent(acme)).status_code == 403
    assert page(bob, "team/lending/lender/", rule_sent(acme)).status_code == 302
    assert bounds_of(acme, Role.ADMINISTRATOR) == FREE


def test_others_read_the_rules_and_set_none(
    page: Callable[..., Any], bob: User, lena: User, acme: Organization
) -> None:
    for person in (bob, lena):
        assert page(person, "team/").status_code == 200
        assert page(person, "team/lending/lender/").status_code == 403
        assert page(person, "team/templates/new/").status_code == 403


def test_it_says_how_many_older_delegations_go_beyond(
    page: Callable[..., Any], alice: User, acme: Organization, agent: Any, by_alice: Actor, at: datetime
) -> None:
    for limits in (SUPPLIES, SUPPLIES[1:]):
        lent = Terms(constraints=parse_constraints(limits), valid_from=at, valid_until=at + timedelta(days=30))
        evidence = strong_sign_in_evidence(method="webauthn", signed_in_at=at)
        delegate_root(principal=acme, agent=agent, terms=lent, evidence=evidence, actor=by_alice, at=at)
    set_lending_rule(organization=acme, role=Role.OWNER, bounds=SMALL, actor=by_alice, at=at)
    shown = page(alice, "team/lending/owner/")
    assert "1 delegation in force allows more than this." in shown.content.decode()


def template_sent(**changes: Any) -> dict[str, Any]:
    sent = {
        "name": "Travel",
        "roles": ["lender"],
        "currency": "EUR",
        "total": "500",
        "per_purchase": "100",
        "days": "30",
        "timezone": "Europe/Berlin",
        "max_further_depth": "0",
        "ask_new_vendor": "on",
    }
    return sent | changes


def test_a_template_is_made_changed_and_removed(page: Callable[..., Any], alice: User, acme: Organization) -> None:
    assert page(alice, "team/templates/new/", template_sent()).status_code == 302
    made = LimitTemplate.objects.get(organization=acme)
    assert (made.name, made.roles, made.days) == ("Travel", ["lender"], 30)
    place = f"team/templates/{made.pk}/"
    form = page(alice, place).context["form"]
    assert (form["total"].value(), form["seen"].value(), form["roles"].value()) == ("500.00", 1, ["lender"])
    assert page(alice, place, template_sent(total="600", seen="1")).status_code == 302
    stale = page(alice, place, template_sent(total="700", seen="1"))
    assert stale.status_code == 302
    made.refresh_from_db()
    assert (made.constraints[0]["amount"], made.version) == (60_000, 2)
    for _twice in range(2):
        assert page(alice, place + "remove/", {}).status_code == 302
    assert not LimitTemplate.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 61},
        {"name": "Office supplies"},
        {"roles": ["developer"]},
        {"total": ""},
        {"timezone": "Berlin", "per_month": "10"},
        {"days": "12345"},
    ],
)
def test_a_template_that_cannot_stand_comes_back(
    page: Callable[..., Any], alice: User, supplies: LimitTemplate, wrong: dict[str, Any]
) -> None:
    response = page(alice, "team/templates/new/", template_sent(**wrong))
    assert response.status_code == 422
    assert LimitTemplate.objects.count() == 1


@pytest.mark.parametrize("place", ["team/", "team/lending/lender/", "team/templates/new/"])
def test_the_pages_take_few_queries(
    client: Client,
    page: Callable[..., Any],
    alice: User,
    acme: Organization,
    small: Bounds,
    supplies: LimitTemplate,
    place: str,
    django_assert_max_num_queries: Any,
) -> None:
    page(alice, place)
    with django_assert_max_num_queries(12):
        client.get(f"/console/{acme.pk}/{place}")


def test_strangers_find_nothing(page: Callable[..., Any], charlie: User, supplies: LimitTemplate) -> None:
    for place in ("team/", "team/lending/lender/", f"team/templates/{supplies.pk}/"):
        assert page(charlie, place).status_code == 404


def test_another_organizations_template_is_not_found(
    client: Client, page: Callable[..., Any], charlie: User, alice: User, at: datetime, supplies: LimitTemplate
) -> None:
    from identity.accounts.organizations import personal_organization

    own = personal_organization(charlie, at)
    client.force_login(charlie)
    assert client.get(f"/console/{own.pk}/team/templates/{supplies.pk}/").status_code == 404
