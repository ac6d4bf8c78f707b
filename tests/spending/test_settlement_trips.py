"""How often a step asks the database: its locks keep everybody else of the tree waiting, so it asks seldom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.connection import BaseConnection

from identity.journal.actor import system
from identity.spending.models import Authorization
from identity.spending.settle import capture, refund, void
from tests.api.conftest import Caller, stranger
from tests.spending.conftest import TOTAL_500, Holder, Shop

__all__ = ["stranger"]
pytestmark = pytest.mark.django_db(transaction=True)
BY = system("tests")


# Of these the driver sends what must be sent as a command, which is counted, and waits for nothing else.
SENT_AS_COMMANDS = {"_set_autocommit_gen", "_commit_gen", "_rollback_gen"}


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What this process waited for PostgreSQL to answer, one by one; a BEGIN that the driver sends by itself too."""
    waited: list[str] = []
    wait, execute = psycopg.Connection.wait, BaseConnection._exec_command

    def counted_wait(self: Any, generator: Any, *rest: Any, **more: Any) -> Any:
        if generator.__name__ not in SENT_AS_COMMANDS:
            waited.append(generator.__name__)
        return wait(self, generator, *rest, **more)

    def counted_command(self: Any, command: Any, *rest: Any, **more: Any) -> Any:
        waited.append(str(command))
        return execute(self, command, *rest, **more)

    monkeypatch.setattr(psycopg.Connection, "wait", counted_wait)
    monkeypatch.setattr(BaseConnection, "_exec_command", counted_command)
    return waited


@pytest.fixture
def hold(shop: Shop, buyer: Holder, grant: Callable[..., Any]) -> str:
    held = shop.spend(buyer, grant(buyer, TOTAL_500)).authorization
    assert held is not None
    return held


def test_a_capture_a_refund_and_a_void_ask_at_most_thrice_in_a_transaction(
    shop: Shop, hold: str, trips: list[str]
) -> None:
    step: dict[str, Any] = {"authorization_id": hold, "actor": BY, "at": shop.at}
    counts = []
    for take, more in (
        (capture, {"vendor": shop.vendor.pk, "amount": 1_000, "currency": "EUR", "reference": "one"}),
        (refund, {"vendor": shop.vendor.pk, "amount": 500, "reference": "one"}),
        (void, {}),
    ):
        trips.clear()
        take(**step, **more)
        counts.append(len(trips))
    assert counts == [3, 2, 2]
    row = Authorization.objects.get(pk=hold)
    assert (row.state, row.open, row.captured, row.refunded) == ("closed", 0, 1_000, 500)


def test_a_capture_over_http_asks_at_most_ten_times(
    shop: Shop,
    hold: str,
    stranger: Caller,
    trips: list[str],
) -> None:
    """Who calls, who sells, the claim of the key, the capture, the kept answer; and whether the connection stands."""
    for amount in (1_000, 1_100):
        trips.clear()
        body = {"amount": {"amount": amount, "currency": "EUR"}}
        answer = stranger.post(f"/v1/authorizations/{hold}/captures", body, Idempotency_Key=uuid4().hex)
        assert answer.status_code == 201
    assert len(trips) <= 10, trips
    assert Authorization.objects.get(pk=hold).captured == 2_100
