"""A question is heard of by its commit: the phone rings at once, not at the timetable's next turn."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from identity.delegation.models import Delegation
from identity.journal.listening import listen
from registry.notices.hearing import CHANNEL
from registry.notices.tasks import tell_of_questions
from tests.notices.test_approval_notices import ASK_ABOVE_25
from tests.spending.conftest import TOTAL_500, Holder, Shop
from tests.spending_scene import *  # noqa: F403 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_SECONDS = 10


@pytest.fixture
def heard() -> Iterator[threading.Semaphore]:
    """One more for each burst of commits; the first is the connection itself."""
    stop, news = threading.Event(), threading.Semaphore(0)
    thread = threading.Thread(target=listen, args=(CHANNEL, stop, news.release), daemon=True)
    thread.start()
    assert news.acquire(timeout=PATIENCE_SECONDS)
    yield news
    stop.set()
    thread.join()


def test_its_commit_wakes_whoever_tells_of_it(
    heard: threading.Semaphore,
    grant: Callable[..., Delegation],
    buyer: Holder,
    shop: Shop,
    alice: Any,
    mailoutbox: list[Any],
) -> None:
    link = grant(buyer, TOTAL_500, ASK_ABOVE_25)
    assert not heard.acquire(blocking=False)
    assert shop.spend(buyer, link, 4000).verdict == "step_up_required"
    assert heard.acquire(timeout=PATIENCE_SECONDS)
    assert tell_of_questions() >= 1
    assert [mail.to for mail in mailoutbox] == [[alice.email]]
    assert tell_of_questions() == 0


def test_a_purchase_that_asks_nobody_wakes_nobody(
    heard: threading.Semaphore, grant: Callable[..., Delegation], buyer: Holder, shop: Shop
) -> None:
    link = grant(buyer, TOTAL_500, ASK_ABOVE_25)
    assert shop.spend(buyer, link, 1000).verdict == "approved"
    assert not heard.acquire(timeout=0.5)
