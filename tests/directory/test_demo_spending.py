"""The demo of delegation: there at once, the same at every start, and with a question that waits for Alice."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from identity.accounts.models import User
from identity.agents.lifecycle import DeactivationReason, deactivate
from identity.agents.models import Agent, Vendor
from identity.delegation.models import Delegation
from identity.journal.actor import system
from identity.primitives.clock import now
from identity.spending.answers import decline
from identity.spending.models import Approval, ApprovalState, Authorization, Decision
from registry.directory import demo
from registry.directory.demo_spending import ask_again

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for keys, and no list to import."""
    settings.VAR_DIR = tmp_path
    monkeypatch.setenv("DEMO_PASSWORD", "correct horse battery staple")
    monkeypatch.setattr(demo, "DIRECTORY_COPY", tmp_path / "empty.json")
    (tmp_path / "empty.json").write_text("[]")
    return tmp_path


def load() -> str:
    said = StringIO()
    call_command("demo_data", stdout=said)
    return said.getvalue()


def question() -> Approval:
    return Approval.objects.latest("created_at")


def test_it_shows_a_chain_purchases_and_a_question(client: Any) -> None:
    load()
    root, leaf = Delegation.objects.order_by("depth")
    assert (root.principal.name, root.agent.display_name) == ("Alice Example", "Acme Concierge")
    assert (leaf.parent_id, leaf.agent.display_name) == (root.pk, "Acme Booker")
    assert "(demo)" in Vendor.objects.get().agent.display_name
    spent = Authorization.objects.order_by("-amount").values_list("amount", "captured", "refunded", "state")
    assert list(spent) == [(6400, 6100, 0, "closed"), (4000, 4000, 4000, "closed"), (1800, 0, 0, "open")]
    client.force_login(User.objects.get(email="alice@demo.test"))
    page = client.get(f"/approve/{question().pk}").content.decode()
    assert "95.00 EUR" in page or "95,00 EUR" in page or "€95.00" in page
    assert "Nordlicht Rooms (demo)" in page


def test_it_changes_nothing_the_second_time() -> None:
    load()
    before = [list(model.objects.order_by("pk").values()) for model in (Delegation, Decision, Authorization, Approval)]
    load()
    assert before == [
        list(model.objects.order_by("pk").values()) for model in (Delegation, Decision, Authorization, Approval)
    ]


def test_it_asks_anew_only_when_nothing_waits() -> None:
    load()
    first = question()
    assert list(ask_again(at=now())) == []
    assert len(list(ask_again(at=first.expires_at + timedelta(seconds=1)))) == 1
    assert question().pk != first.pk
    assert Approval.objects.get(pk=first.pk).state_at(first.expires_at) == ApprovalState.EXPIRED


def test_it_leaves_an_answer_as_it_is_and_asks_about_the_next_stay() -> None:
    load()
    answered = question()
    decline(approval=answered, approver=User.objects.get(email="alice@demo.test"), actor=system("tests"), at=now())
    assert len(list(ask_again(at=now()))) == 1
    assert question().transaction["order_hash"] != answered.transaction["order_hash"]


def test_it_asks_no_more_often_than_a_person_is_asked() -> None:
    load()
    at = now()
    for _ in range(12):
        at += timedelta(minutes=16)
        list(ask_again(at=at))
    assert Approval.objects.count() == 10


def test_it_starts_although_somebody_ended_an_agent_or_cleared_the_keys(place: Path) -> None:
    load()
    booker = Agent.objects.get(display_name="Acme Booker")
    deactivate(agent=booker, reason=DeactivationReason.UNSPECIFIED, actor=system("tests"), at=now())
    assert list(ask_again(at=now() + timedelta(hours=1))) == []
    load()
    for kept in (place / "demo").iterdir():
        kept.unlink()
    load()
    assert list(ask_again(at=now() + timedelta(hours=1))) == []
