"""Who may lend how much, and the limits an organization offers: set on pages, told before somebody tries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from identity.accounts.models import Membership, Organization, Role, User
from identity.accounts.organizations import add_member
from identity.delegation.constraints import parse_constraints
from identity.delegation.delegate import delegate_root, strong_sign_in_evidence
from identity.delegation.lending_bounds import FREE, NOTHING, Bounds, Ceiling
from identity.delegation.lending_rules import bounds_of, set_lending_rule
from identity.delegation.link import Terms
from identity.delegation.models import Delegation, DelegationDraft, LimitTemplate
from identity.delegation.templates import Offer, create_limit_template
from identity.journal.actor import Actor, ActorKind

pytestmark = pytest.mark.django_db
SMALL = Bounds(
    may_lend=True,
    days_max=60,
    ceilings=(Ceiling(currency="EUR", per_purchase=5_000, per_window=20_000, window="month", total=60_000),),
)
SUPPLIES = [
    {"id": "L1", "type": "total", "amount": 60_000, "currency": "EUR", "exponent": 2, "refundRestores": True},
    {"id": "L2", "type": "per_transaction", "max": 5_000, "currency": "EUR", "exponent": 2},
    {"id": "L3", "type": "per_period", "amount": 20_000, "currency": "EUR", "exponent": 2}
    | {"period": "month", "alignment": "calendar", "timezone": "Europe/Berlin"},
    {"id": "L4", "type": "categories", "allow": ["5111"]},
    {"id": "L5", "type": "purpose", "text": "Paper and pens"},
]


@pytest.fixture
def by_alice(alice: User) -> Actor:
    return Actor(ActorKind.USER, alice.pk)


@pytest.fixture
def lena(acme: Organization, make_person: Callable[..., User], by_alice: Actor, at: datetime) -> User:
    person = make_person("Lena")
    add_member(organization=acme, user=person, role=Role.LENDER, actor=by_alice, at=at)
    return person


@pytest.fixture
def agent(acme: Organization, make_agent: Any) -> Any:
    return make_agent(acme, "Planner")


@pytest.fixture
def page(client: Client, acme: Organization) -> Callable[..., Any]:
    """``page(alice, "team/")`` looks; with ``data`` it sends."""

    def open_page(person: User, place: str, data: dict[str, Any] | None = None, **query: Any) -> Any:
        client.force_login(person)
        address = f"/console/{acme.pk}/{place}"
        return client.get(address, query) if data is None else client.post(address, data)

    return open_page


@pytest.fixture
def small(acme: Organization, by_alice: Actor, at: datetime) -> Bounds:
    return set_lending_rule(organization=acme, role=Role.LENDER, bounds=SMALL, actor=by_alice, at=at)


@pytest.fixture
def supplies(acme: Organization, by_alice: Actor, at: datetime) -> LimitTemplate:
    offer = Offer(name="Office supplies", constraints=SUPPLIES, days=30)
    return create_limit_template(organization=acme, offer=offer, actor=by_alice, at=at)


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
