"""Somebody is told each thing once, in the ways she chose, and nothing is held back in silence."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from identity.accounts.models import User
from registry.notices.kinds import NoticeKind
from registry.notices.models import Delivery, DeliveryState, Notice, NoticeChoice, NoticeSettings, PushDevice, Way
from registry.notices.tell import held_back_today, sent_today, tell, withdraw

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)


@pytest.fixture
def phone(alice: User) -> PushDevice:
    return PushDevice.objects.create(
        user=alice, endpoint="https://push.example/1", p256dh="p", auth="a", label="Phone", created_at=NOON
    )


def said(user: User, key: str = "k", kind: NoticeKind = NoticeKind.CAP_NEAR, at: datetime = NOON, **more: Any) -> Any:
    return tell(user=user, kind=kind, key=key, title="T", body="B", link="/", organization=None, at=at, **more)


def ways(notice: Notice) -> list[str]:
    return sorted(notice.deliveries.values_list("channel", flat=True))


def test_it_goes_out_by_mail_and_to_every_device(alice: User, phone: PushDevice) -> None:
    notice = said(alice)
    assert notice.way == Way.OUT
    assert ways(notice) == ["mail", "push"]


def test_the_same_occasion_is_told_once(alice: User, bob: User, phone: PushDevice) -> None:
    assert said(alice) is not None
    assert said(alice) is None
    assert said(bob) is not None
    assert Delivery.objects.filter(notice__user=alice).count() == 2


def test_it_stands_in_the_list_only_as_she_chose(alice: User, phone: PushDevice) -> None:
    NoticeChoice.objects.create(user=alice, kind="cap_near", by_mail=False, by_push=False)
    notice = said(alice)
    assert notice.way == Way.LISTED
    assert ways(notice) == []


def test_without_a_device_there_is_no_push(alice: User) -> None:
    assert said(alice, kind=NoticeKind.NEW_VENDOR).way == Way.LISTED
    assert ways(said(alice, key="2")) == ["mail"]


def test_it_waits_for_the_end_of_quiet_hours(alice: User, phone: PushDevice) -> None:
    NoticeSettings.objects.create(user=alice, quiet_from=time(22), quiet_until=time(7))
    notice = said(alice, at=NIGHT)
    assert notice.way == Way.QUIET
    assert {one.due_at for one in notice.deliveries.all()} == {datetime(2026, 11, 22, 7, 0, tzinfo=UTC)}


def test_quiet_hours_are_by_her_own_clock(alice: User) -> None:
    alice.time_zone = "Asia/Tokyo"
    NoticeSettings.objects.create(user=alice, quiet_from=time(20), quiet_until=time(22))
    assert said(alice, at=NOON).way == Way.QUIET


def test_a_question_that_ends_in_quiet_hours_comes_through(alice: User) -> None:
    NoticeSettings.objects.create(user=alice, quiet_from=time(22), quiet_until=time(7))
    soon, tomorrow = NIGHT + timedelta(minutes=15), NIGHT + timedelta(hours=12)
    assert said(alice, kind=NoticeKind.APPROVAL, at=NIGHT, until=soon).way == Way.OUT
    assert said(alice, key="2", kind=NoticeKind.APPROVAL, at=NIGHT, until=tomorrow).way == Way.QUIET


def test_what_is_too_much_for_a_day_is_held_back_and_counted(alice: User) -> None:
    NoticeSettings.objects.create(user=alice, daily_max=2)
    found = [said(alice, key=str(number)).way for number in range(4)]
    assert found == [Way.OUT, Way.OUT, Way.LIMIT, Way.LIMIT]
    assert (sent_today(alice, at=NOON), held_back_today(alice, at=NOON)) == (2, 2)
    assert said(alice, key="tomorrow", at=NOON + timedelta(days=1)).way == Way.OUT


def test_questions_are_never_held_back_nor_counted(alice: User) -> None:
    NoticeSettings.objects.create(user=alice, daily_max=1)
    said(alice)
    until = NOON + timedelta(minutes=15)
    assert said(alice, key="2", kind=NoticeKind.APPROVAL, until=until).way == Way.OUT
    assert sent_today(alice, at=NOON) == 1


def test_what_is_over_is_not_sent_any_more(alice: User, bob: User) -> None:
    said(alice)
    said(bob)
    assert withdraw(key="k", at=NOON) == 2
    assert not Delivery.objects.filter(state=DeliveryState.WAITING).exists()
    assert not Notice.objects.filter(read_at=None).exists()


def test_a_long_title_is_cut_and_stays_one_line(alice: User) -> None:
    notice = tell(
        user=alice,
        kind=NoticeKind.DECLINES,
        key="k",
        title="A\r\nBcc: all@example.org" + "x" * 300,
        body="y" * 2000,
        link="/console/",
        organization=None,
        at=NOON,
    )
    assert notice is not None
    assert "\n" not in notice.title
    assert len(notice.title) == 160
    assert len(notice.body) == 600


@pytest.mark.parametrize("link", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_a_link_leads_nowhere_else(alice: User, link: str) -> None:
    with pytest.raises(Exception, match="notice_link_is_ours"):
        tell(user=alice, kind=NoticeKind.DECLINES, key="k", title="T", body="B", link=link, organization=None, at=NOON)
