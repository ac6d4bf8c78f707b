"""Two readers, two senders, at once: told once, sent once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from identity.accounts.models import User
from registry.notices.kinds import NoticeKind
from registry.notices.models import Delivery, DeliveryState, Notice, PushDevice
from registry.notices.sending import send_due
from registry.notices.tell import tell
from tests.notices.browsers import Browser, push_service

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 4


def _at_once(act: Callable[[], Any]) -> list[Any]:
    """What ``act`` gave in each thread; an exception counts as what it gave."""
    barrier, found = threading.Barrier(THREADS), []

    def run() -> None:
        try:
            barrier.wait()
            found.append(act())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_the_same_occasion_is_told_once(alice: User, at: datetime) -> None:
    def say() -> Notice | None:
        words = {"title": "T", "body": "B", "link": "/console/"}
        return tell(user=alice, kind=NoticeKind.CAP_NEAR, key="k", organization=None, at=at, **words)

    found = _at_once(say)
    assert not [one for one in found if isinstance(one, Exception)]
    assert sum(one is not None for one in found) == 1
    assert Notice.objects.count() == Delivery.objects.count() == 1


def test_what_waits_is_sent_by_one_of_them(alice: User, at: datetime, settings: Any, mailoutbox: list[Any]) -> None:
    with push_service() as service:
        settings.FETCH_ALLOW_ADDRESSES = [service.address]
        browser = Browser()
        PushDevice.objects.create(
            user=alice,
            endpoint=service.url(),
            p256dh=browser.p256dh,
            auth=browser.auth,
            label="Phone",
            created_at=at,
        )
        for number in range(5):
            words = {"title": "T", "body": "B", "link": "/console/"}
            tell(user=alice, kind=NoticeKind.APPROVAL, key=str(number), organization=None, at=at, **words)
        found = _at_once(lambda: send_due(clock=lambda: at))
        assert sum(found) == 10
        assert (len(service.messages), len(mailoutbox)) == (5, 5)
        assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.TAKEN}
