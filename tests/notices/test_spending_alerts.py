"""Alerts about spending: the right person hears of the right thing, once, whatever is replayed or killed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.accounts.models import Role, User
from identity.accounts.organizations import add_member
from identity.delegation.delegate import delegate_root, strong_sign_in_evidence
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind, system
from identity.journal.drain import drain, drain_batch, reader_named, replay
from identity.journal.models import Event
from identity.journal.sequence import sequence
from identity.primitives.clock import now
from identity.spending.settle import void
from registry.notices import alerts
from registry.notices.alert_rules import NEWS_FOR
from registry.notices.kinds import NoticeKind
from registry.notices.models import Notice
from tests.spending.conftest import TOTAL_500, Holder, Shop, euros, make_terms
from tests.spending_scene import *  # noqa: F403 - fixtures

MONTHLY_100 = euros("per_period", 10_000, period="month", alignment="calendar", timezone="UTC")
THREE_TIMES = {"type": "count", "max": 3}


@pytest.fixture
def lent(acme: Any, buyer: Holder, alice: User, at: datetime) -> Callable[..., Delegation]:
    """A root that rests on Alice's consent, or somebody else's."""

    def lend(*limits: dict[str, Any], lender: User = alice) -> Delegation:
        return delegate_root(
            principal=acme,
            agent=buyer.agent,
            terms=make_terms(at, *limits),
            evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
            actor=Actor(ActorKind.USER, lender.pk),
            at=at,
        )

    return lend


def read() -> None:
    sequence()
    drain("alerts", at=now())


def told(kind: NoticeKind, *people: User) -> list[Notice]:
    found = Notice.objects.filter(kind=kind).order_by("created_at", "pk")
    return list(found.filter(user__in=people) if people else found)


def test_the_first_purchase_at_a_vendor_is_told_to_whoever_lent(
    lent: Callable[..., Delegation], buyer: Holder, shop: Shop, alice: User, acme: Any
) -> None:
    decided = shop.spend(buyer, lent(TOTAL_500), 1_250)
    read()
    (notice,) = told(NoticeKind.NEW_VENDOR)
    assert notice.user == alice
    assert notice.title == "Buyer buys at Nordlicht Hardware for the first time"
    assert "12.50 EUR" in notice.body
    assert notice.link == f"/console/{acme.pk}/statement/purchases/{decided.authorization}/"


def test_only_the_first_purchase_is_told_also_under_another_delegation(
    lent: Callable[..., Delegation], buyer: Holder, shop: Shop
) -> None:
    first = lent(TOTAL_500)
    for link in (first, first, lent(TOTAL_500)):
        shop.spend(buyer, link, 1_000)
        read()
    assert len(told(NoticeKind.NEW_VENDOR)) == 1


def test_a_vendor_known_before_anybody_was_told_of_is_not_new(
    lent: Callable[..., Delegation], buyer: Holder, shop: Shop
) -> None:
    """Purchases from before the alerts, or told of more than a year ago."""
    link = lent(TOTAL_500)
    shop.spend(buyer, link, 1_000)
    read()
    Notice.objects.all().delete()
    shop.spend(buyer, lent(TOTAL_500), 1_000)
    read()
    assert told(NoticeKind.NEW_VENDOR) == []


def test_four_fifths_of_a_cap_is_told_once_in_its_window(
    lent: Callable[..., Delegation], buyer: Holder, shop: Shop, acme: Any
) -> None:
    link = lent(MONTHLY_100)
    shop.spend(buyer, link, 7_999)
    read()
    assert told(NoticeKind.CAP_NEAR) == []
    shop.spend(buyer, link, 1)
    read()
    (notice,) = told(NoticeKind.CAP_NEAR)
    assert notice.title == "Buyer has used 80 % of its limit for the month"
    assert notice.body.startswith("80.00 EUR of 100.00 EUR are used, 20.00 EUR are left until it begins anew on 1 ")
    assert notice.link == f"/console/{acme.pk}/delegations/{link.pk}/"
    shop.spend(buyer, link, 1_500)
    read()
    assert len(told(NoticeKind.CAP_NEAR)) == 1


def test_each_cap_that_is_near_is_told(lent: Callable[..., Delegation], buyer: Holder, shop: Shop) -> None:
    week = euros("rolling", 5_000, window="P7D")
    link = lent(euros("total", 10_000), week, THREE_TIMES)
    for amount in (2_000, 1_000, 1_500):
        shop.spend(buyer, link, amount)
    read()
    assert {notice.title for notice in told(NoticeKind.CAP_NEAR)} == {
        "Buyer has used 90 % of its limit for any 7 days",
        "Buyer has made 100 % of its purchases",
    }


def test_what_came_back_before_it_was_read_is_no_cap_near(
    lent: Callable[..., Delegation], buyer: Holder, shop: Shop
) -> None:
    decided = shop.spend(buyer, lent(MONTHLY_100), 9_000)
    void(authorization_id=decided.authorization, actor=system("tests"), at=shop.at)
    read()
    assert told(NoticeKind.CAP_NEAR) == []


def test_the_limits_that_agents_set_each_other_are_theirs(
    grant: Callable[..., Delegation], pass_on: Callable[..., Delegation], planner: Holder, buyer: Holder, shop: Shop
) -> None:
    root = grant(planner, TOTAL_500, max_further_depth=1)
    shop.spend(buyer, pass_on(root, planner, buyer, euros("total", 1_000)), 1_000)
    read()
    assert told(NoticeKind.CAP_NEAR) == []
    assert told(NoticeKind.NEW_VENDOR) != []


def test_five_refusals_within_ten_minutes_are_told_once_an_hour(
    lent: Callable[..., Delegation], buyer: Holder, shop: Shop, alice: User
) -> None:
    link = lent(euros("per_transaction", 1_000))
    for _ in range(4):
        assert shop.spend(buyer, link, 2_000).verdict == "declined"
    read()
    assert told(NoticeKind.DECLINES) == []
    for _ in range(3):
        shop.spend(buyer, link, 2_000)
        read()
    (notice,) = told(NoticeKind.DECLINES)
    assert notice.user == alice
    assert notice.title == "Buyer was refused 5 times within 10 minutes"
    assert notice.body == "The last time at Nordlicht Hardware. It is outside the limit for one purchase."


def test_refusals_spread_over_a_day_are_no_burst(lent: Callable[..., Delegation], buyer: Holder, shop: Shop) -> None:
    link = lent(euros("per_transaction", 1_000))
    for minutes in range(0, 60, 11):
        shop.spend(buyer, link, 2_000, at=shop.at - timedelta(minutes=minutes))
    read()
    assert told(NoticeKind.DECLINES) == []


def test_without_the_person_everybody_who_may_answer_is_told(
    grant: Callable[..., Delegation], buyer: Holder, shop: Shop, acme: Any, alice: User, charlie: User
) -> None:
    add_member(organization=acme, user=charlie, role=Role.ADMINISTRATOR, actor=system("tests"), at=now())
    shop.spend(buyer, grant(buyer, TOTAL_500), 1_000)
    read()
    assert {notice.user for notice in told(NoticeKind.NEW_VENDOR)} == {alice, charlie}


def test_whoever_left_hears_nothing_more(
    lent: Callable[..., Delegation], buyer: Holder, shop: Shop, acme: Any, alice: User, charlie: User
) -> None:
    link = lent(TOTAL_500)
    add_member(organization=acme, user=charlie, role=Role.OWNER, actor=system("tests"), at=now())
    acme.memberships.filter(user=alice).delete()
    shop.spend(buyer, link, 1_000)
    read()
    assert [notice.user for notice in told(NoticeKind.NEW_VENDOR)] == [charlie]


def test_a_lender_is_shown_what_her_role_may_see(
    lent: Callable[..., Delegation], buyer: Holder, shop: Shop, acme: Any, bob: User
) -> None:
    acme.memberships.filter(user=bob).update(role=Role.OWNER)
    link = lent(TOTAL_500, lender=bob)
    acme.memberships.filter(user=bob).update(role=Role.DEVELOPER)
    shop.spend(buyer, link, 1_000)
    read()
    assert [(notice.user, notice.link) for notice in told(NoticeKind.NEW_VENDOR)] == [
        (bob, f"/console/{acme.pk}/delegations/{link.pk}/")
    ]


def test_a_replay_tells_nothing_again(lent: Callable[..., Delegation], buyer: Holder, shop: Shop) -> None:
    link = lent(MONTHLY_100, euros("per_transaction", 9_000))
    shop.spend(buyer, link, 8_500)
    for _ in range(5):
        shop.spend(buyer, link, 9_500)
    read()
    before = set(Notice.objects.values_list("pk", flat=True))
    assert {notice.kind for notice in Notice.objects.all()} == {"new_vendor", "cap_near", "declines"}
    replay("alerts", at=now())
    read()
    assert set(Notice.objects.values_list("pk", flat=True)) == before


def test_killed_before_its_place_is_kept_nothing_is_lost_or_told_twice(
    lent: Callable[..., Delegation], buyer: Holder, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker dies after the notices were written and before the cursor moved: both are taken back."""
    shop.spend(buyer, lent(MONTHLY_100), 8_500)
    sequence()
    whole = reader_named("alerts")

    def killed(events: Any) -> None:
        whole.read(events)
        assert Notice.objects.count() == 2
        raise KeyboardInterrupt

    dying = type(whole)(whole.name, killed, whole.kinds)
    with pytest.raises(KeyboardInterrupt):
        drain_batch(dying, at=now())
    assert Notice.objects.count() == 0
    read()
    assert Notice.objects.count() == 2


def test_old_events_are_no_news(
    lent: Callable[..., Delegation], buyer: Holder, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.spend(buyer, lent(TOTAL_500), 1_000)
    late: datetime = now() + NEWS_FOR + timedelta(minutes=1)
    sequence()
    assert alerts.alert_people(list(Event.objects.filter(kind__in=alerts.ALERTING)), at=late) == 0
    assert Notice.objects.count() == 0


def test_it_speaks_her_language_and_keeps_her_clock(
    lent: Callable[..., Delegation], buyer: Holder, shop: Shop, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(language="de", time_zone="Pacific/Auckland")
    shop.spend(buyer, lent(MONTHLY_100), 9_000)
    read()
    (notice,) = told(NoticeKind.CAP_NEAR)
    assert notice.title == "Buyer hat 90 % seiner Grenze für den Monat verbraucht"
    assert "90,00 EUR" in notice.body
    assert "1. " in notice.body
