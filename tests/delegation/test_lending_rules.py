"""What each role may lend: set by those above it, held at every draft and every consent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from identity.accounts.models import Membership, Organization, Role, User
from identity.accounts.organizations import add_member, change_role
from identity.delegation import lending_rules
from identity.delegation.delegate import delegate_root, draft_root, issue_root
from identity.delegation.lending_bounds import FREE, NOTHING, Bounds, Ceiling
from identity.delegation.lending_rules import bounds_of, refuse_resuming, set_lending_rule
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from tests.delegation.conftest import Party

pytestmark = pytest.mark.django_db
EUR_50 = Ceiling(currency="EUR", per_purchase=5_000)
SMALL = Bounds(may_lend=True, days_max=90, ceilings=(EUR_50,))
ONCE_50 = {"type": "per_transaction", "max": 5_000, "currency": "EUR"}
ONCE_51 = {"type": "per_transaction", "max": 5_100, "currency": "EUR"}


def user(person: User) -> Actor:
    return Actor(ActorKind.USER, person.pk)


@pytest.fixture
def lena(acme: Organization, make_person: Callable[..., User], alice: User, at: datetime) -> User:
    """A lender of Acme's."""
    person = make_person("Lena")
    add_member(organization=acme, user=person, role=Role.LENDER, actor=user(alice), at=at)
    return person


@pytest.fixture
def rule(acme: Organization, alice: User, at: datetime) -> Callable[..., Bounds]:
    def make(role: str = Role.LENDER, bounds: Bounds = SMALL, by: User = alice) -> Bounds:
        return set_lending_rule(organization=acme, role=role, bounds=bounds, actor=user(by), at=at)

    return make


@pytest.fixture
def lend(
    acme: Organization, planner: Party, terms: Callable[..., Any], consent: dict[str, Any], at: datetime
) -> Callable[..., Delegation]:
    def make(by: User, *limits: dict[str, Any], **changes: Any) -> Delegation:
        replaces = changes.pop("replaces", None)
        return delegate_root(
            principal=acme,
            agent=planner.agent,
            terms=terms(list(limits), **changes),
            evidence=consent,
            replaces=replaces,
            actor=user(by),
            at=at,
        )

    return make


def code_of(act: Callable[[], Any]) -> str:
    with pytest.raises(NotPermitted) as refused:
        act()
    return refused.value.code


def test_a_lender_lends_nothing_until_somebody_says_how_much(lena: User, lend: Callable[..., Delegation]) -> None:
    assert code_of(lambda: lend(lena, ONCE_50)) == "lending_not_allowed"


def test_owners_and_administrators_are_free_where_nothing_is_said(
    acme: Organization, alice: User, lend: Callable[..., Delegation]
) -> None:
    assert lend(alice, ONCE_51).lent_by == alice.pk
    assert bounds_of(acme, Role.ADMINISTRATOR) == FREE


def test_within_the_rule_it_is_lent_and_says_by_whom(
    lena: User, rule: Callable[..., Bounds], lend: Callable[..., Delegation]
) -> None:
    rule()
    assert lend(lena, ONCE_50).lent_by == lena.pk


def test_beyond_the_rule_it_is_refused_with_what_is_beyond(
    lena: User, rule: Callable[..., Bounds], lend: Callable[..., Delegation], at: datetime
) -> None:
    rule()
    with pytest.raises(NotPermitted) as refused:
        lend(lena, ONCE_51, valid_until=at + timedelta(days=91))
    assert refused.value.code == "lending_rule_exceeded"
    assert refused.value.extra["excesses"] == ["days", "per_purchase"]
    assert "at most 50.00 EUR in one purchase" in refused.value.detail
    assert not Delegation.objects.exists()


def test_a_role_that_lends_nowhere_signs_nobodys_draft(
    bob: User, alice: User, acme: Organization, planner: Party, terms: Any, consent: Any, at: datetime
) -> None:
    draft = draft_root(principal=acme, agent=planner.agent, terms=terms(), actor=user(alice), at=at)
    signing = lambda: issue_root(draft=draft, evidence=consent, actor=user(bob), at=at)  # noqa: E731
    assert code_of(signing) == "lending_not_allowed"


def test_a_rule_that_came_after_the_draft_holds_at_the_consent(
    lena: User, rule: Callable[..., Bounds], acme: Organization, planner: Party, terms: Any, consent: Any, at: datetime
) -> None:
    rule(bounds=Bounds(may_lend=True))
    draft = draft_root(principal=acme, agent=planner.agent, terms=terms([ONCE_51]), actor=user(lena), at=at)
    rule()
    signing = lambda: issue_root(draft=draft, evidence=consent, actor=user(lena), at=at)  # noqa: E731
    assert code_of(signing) == "lending_rule_exceeded"
    draft.refresh_from_db()
    assert draft.is_open(at)


def test_one_person_has_only_so_many_in_force_and_a_replacement_is_none_more(
    lena: User, alice: User, rule: Callable[..., Bounds], lend: Callable[..., Delegation]
) -> None:
    rule(bounds=Bounds(may_lend=True, open_max=2))
    lend(alice, ONCE_50)
    lend(lena, ONCE_50)
    second = lend(lena, ONCE_50)
    assert code_of(lambda: lend(lena, ONCE_50)) == "lending_rule_exceeded"
    assert lend(lena, ONCE_50, replaces=second).replaces == second


@pytest.mark.parametrize(
    ("by", "role", "allowed"),
    [
        ("owner", "owner", True),
        ("owner", "administrator", True),
        ("owner", "lender", True),
        ("administrator", "owner", False),
        ("administrator", "administrator", False),
        ("administrator", "lender", True),
        ("lender", "lender", False),
        ("developer", "lender", False),
    ],
)
def test_nobody_sets_the_rule_that_binds_her(
    acme: Organization, alice: User, bob: User, by: str, role: str, allowed: bool, at: datetime
) -> None:
    if by != "owner":
        Membership.objects.filter(organization=acme, user=bob).update(role=by)
    setting = lambda: set_lending_rule(  # noqa: E731
        organization=acme, role=role, bounds=SMALL, actor=user(alice if by == "owner" else bob), at=at
    )
    if allowed:
        assert setting() == SMALL == bounds_of(acme, role)
    else:
        assert code_of(setting) == "lending_rule_above_you"


@pytest.mark.parametrize(
    "actor", [Actor(ActorKind.SERVICE_KEY, "sky_1"), Actor(ActorKind.AGENT, "agt_1"), Actor(ActorKind.USER, "usr_1")]
)
def test_no_key_no_agent_and_no_stranger_sets_a_rule(acme: Organization, actor: Actor, at: datetime) -> None:
    assert (
        code_of(lambda: set_lending_rule(organization=acme, role="lender", bounds=SMALL, actor=actor, at=at))
        == "lending_rule_above_you"
    )


def test_a_rule_is_told_once(acme: Organization, rule: Callable[..., Bounds]) -> None:
    for bounds in (SMALL, SMALL, NOTHING, NOTHING):
        rule(bounds=bounds)
    events = Event.objects.filter(kind="lending_rule.changed").order_by("id")
    assert [event.payload["may_lend"] for event in events] == [True, False]
    assert bounds_of(acme, Role.LENDER) == NOTHING


def test_a_rule_that_changed_since_somebody_looked_stays(
    acme: Organization, alice: User, rule: Callable[..., Bounds], at: datetime
) -> None:
    seen = bounds_of(acme, Role.LENDER).fingerprint
    rule()
    with pytest.raises(Conflict) as refused:
        set_lending_rule(organization=acme, role="lender", bounds=FREE, seen=seen, actor=user(alice), at=at)
    assert refused.value.code == "lending_rule_changed"
    assert bounds_of(acme, Role.LENDER) == SMALL


def test_making_limits_narrower_is_free_whatever_the_rule(
    lena: User, alice: User, rule: Callable[..., Bounds], lend: Callable[..., Delegation]
) -> None:
    rule()
    large = lend(alice, {"type": "per_transaction", "max": 100_000, "currency": "EUR"})
    wider = {"type": "per_transaction", "max": 100_001, "currency": "EUR"}
    assert code_of(lambda: lend(lena, wider, replaces=large)) == "lending_rule_exceeded"
    assert lend(lena, ONCE_51, replaces=large).lent_by == lena.pk


@pytest.mark.parametrize(
    ("role", "own", "allowed"),
    [("owner", False, True), ("administrator", False, True), ("lender", True, True), ("lender", False, False)],
)
def test_a_lender_resumes_what_she_lent_and_nothing_else(
    acme: Organization, alice: User, lend: Callable[..., Delegation], role: str, own: bool, allowed: bool
) -> None:
    root = lend(alice, ONCE_50)
    asking = {"principal": acme, "lender": alice.pk if own else "usr_other", "role": role}
    if allowed:
        refuse_resuming(**asking, delegation=root)
    else:
        assert code_of(lambda: refuse_resuming(**asking, delegation=root)) == "lending_not_allowed"
    if role == "lender":
        assert code_of(lambda: refuse_resuming(**asking, delegation=None)) == "lending_not_allowed"


@pytest.mark.parametrize(
    "bounds",
    [
        Bounds(may_lend=True, days_max=0),
        Bounds(may_lend=True, days_max=1_827),
        Bounds(may_lend=True, open_max=0),
        Bounds(may_lend=True, ceilings=(EUR_50, EUR_50)),
        Bounds(may_lend=True, ceilings=(Ceiling(currency="EUR"),)),
        Bounds(may_lend=True, ceilings=(Ceiling(currency="EUR", total=0),)),
        Bounds(may_lend=True, ceilings=(Ceiling(currency="EUR", per_window=5),)),
        Bounds(may_lend=True, ceilings=(Ceiling(currency="EUR", per_window=5, window="hour"),)),
        Bounds(may_lend=True, ceilings=(Ceiling(currency="EUR", total=10**15),)),
        Bounds(may_lend=True, ceilings=(Ceiling(currency="ZZZ", total=5),)),
    ],
)
def test_it_refuses_rules_that_make_no_sense(acme: Organization, alice: User, bounds: Bounds, at: datetime) -> None:
    with pytest.raises(InvalidInput):
        set_lending_rule(organization=acme, role=Role.LENDER, bounds=bounds, actor=user(alice), at=at)


def test_a_lower_role_counts_from_the_moment_it_is_given(
    acme: Organization, lena: User, alice: User, rule: Callable[..., Bounds], lend: Callable[..., Delegation], at: Any
) -> None:
    rule()
    change_role(
        membership=Membership.objects.get(organization=acme, user=lena), role="auditor", actor=user(alice), at=at
    )
    assert code_of(lambda: lend(lena, ONCE_50)) == "lending_not_allowed"


def test_the_registry_itself_is_bound_by_no_role(
    acme: Organization, planner: Party, rule: Callable[..., Bounds], give: Callable[..., Delegation]
) -> None:
    rule(role=Role.OWNER)
    assert give(acme, planner.agent).lent_by == ""


@pytest.mark.parametrize(
    ("bounds", "limits", "days"),
    [
        (SMALL, [ONCE_51], 30),
        (SMALL, [ONCE_50], 91),
        (SMALL, [], 30),
        (SMALL, [{"type": "per_transaction", "max": 1, "currency": "USD"}], 30),
        (SMALL, [ONCE_50, {"type": "total", "amount": 1, "currency": "USD"}], 30),
        (Bounds(may_lend=False), [ONCE_50], 30),
        (Bounds(may_lend=True, ceilings=(Ceiling(currency="EUR", total=10_000),)), [ONCE_50], 30),
        (
            Bounds(may_lend=True, ceilings=(Ceiling(currency="EUR", per_window=10_000, window="month"),)),
            [{"type": "rolling", "amount": 5_000, "currency": "EUR", "window": "P30D"}],
            30,
        ),
        (
            Bounds(may_lend=True, ceilings=(Ceiling(currency="EUR", per_window=10_000, window="month"),)),
            [
                {
                    "type": "per_period",
                    "amount": 100,
                    "currency": "EUR",
                    "period": "week",
                    "alignment": "calendar",
                    "timezone": "UTC",
                }
            ],
            30,
        ),
    ],
)
def test_the_database_refuses_what_the_rule_does_whoever_writes_the_row(
    monkeypatch: pytest.MonkeyPatch,
    lena: User,
    rule: Callable[..., Bounds],
    lend: Callable[..., Delegation],
    bounds: Bounds,
    limits: list[dict[str, Any]],
    days: int,
    at: datetime,
) -> None:
    rule(bounds=bounds)
    until = at + timedelta(days=days)
    assert code_of(lambda: lend(lena, *limits, valid_until=until)) in ("lending_rule_exceeded", "lending_not_allowed")
    monkeypatch.setattr(lending_rules, "_refuse", lambda *_: None)
    with pytest.raises(IntegrityError), transaction.atomic():
        lend(lena, *limits, valid_until=until)


@pytest.mark.parametrize(
    ("bounds", "limits"),
    [
        (SMALL, [ONCE_50]),
        (SMALL, [{"type": "total", "amount": 0, "currency": "USD"}]),
        (SMALL, [{"type": "total", "amount": 4_000, "currency": "EUR"}]),
        (
            Bounds(may_lend=True, ceilings=(Ceiling(currency="EUR", per_window=10_000, window="month"),)),
            [{"type": "rolling", "amount": 5_000, "currency": "EUR", "window": "P31D"}],
        ),
        (
            Bounds(may_lend=True, ceilings=(Ceiling(currency="EUR", total=10_000), Ceiling(currency="JPY", total=9))),
            [{"type": "total", "amount": 9_000, "currency": "EUR"}, {"type": "total", "amount": 9, "currency": "JPY"}],
        ),
    ],
)
def test_use_case_and_database_both_let_through_what_is_within(
    lena: User,
    rule: Callable[..., Bounds],
    lend: Callable[..., Delegation],
    bounds: Bounds,
    limits: list[dict[str, Any]],
) -> None:
    rule(bounds=bounds)
    assert lend(lena, *limits).lent_by == lena.pk


def test_the_database_counts_what_one_person_has_in_force(
    monkeypatch: pytest.MonkeyPatch, lena: User, rule: Callable[..., Bounds], lend: Callable[..., Delegation]
) -> None:
    rule(bounds=Bounds(may_lend=True, open_max=1))
    lend(lena, ONCE_50)
    monkeypatch.setattr(lending_rules, "_refuse", lambda *_: None)
    with pytest.raises(IntegrityError), transaction.atomic():
        lend(lena, ONCE_50)


def test_nobody_rewrites_who_lent_it(alice: User, lend: Callable[..., Delegation]) -> None:
    root = lend(alice, ONCE_50)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE delegation_delegation SET lent_by = '' WHERE id = %s", [root.pk])


def test_the_events_hold_no_names(acme: Organization, rule: Callable[..., Bounds]) -> None:
    rule()
    event = Event.objects.get(kind="lending_rule.changed")
    assert event.payload == {
        "role": "lender",
        "may_lend": True,
        "days_max": 90,
        "open_max": None,
        "ceilings": [{"currency": "EUR", "per_purchase": 5_000, "per_window": None, "window": "", "total": None}],
    }
