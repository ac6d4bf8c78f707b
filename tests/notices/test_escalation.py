"""A group leaves a question waiting: at half of its time owners hear of it, once, and a new stand-in is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from identity.accounts.models import Organization, Role, User
from identity.accounts.organizations import add_member
from identity.delegation.absences import set_absence
from identity.delegation.approver_groups import make_group
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind, system
from identity.journal.drain import drain
from identity.journal.sequence import sequence
from identity.primitives.clock import now
from identity.spending.answers import approve, decline
from identity.spending.models import Approval
from registry.notices import escalation
from registry.notices.escalation import escalate_waiting
from registry.notices.models import Delivery, Notice
from registry.notices.readers import QUESTIONS
from tests.spending.conftest import TOTAL_500, Holder, Shop
from tests.spending_scene import *  # noqa: F403 - fixtures

SIGNED = {"type": "StrongSignIn", "method": "webauthn", "signedInAt": "2026-05-04T08:00:00Z"}
STAFF = system("tests")


def by(user: User) -> Actor:
    return Actor(ActorKind.USER, user.pk)


@pytest.fixture
def dora(acme: Organization, make_person: Callable[..., User], at: datetime) -> User:
    """An administrator with a place in the group."""
    person = make_person("Dora")
    add_member(organization=acme, user=person, role=Role.ADMINISTRATOR, actor=STAFF, at=at)
    return person


@pytest.fixture
def emil(acme: Organization, make_person: Callable[..., User], at: datetime) -> User:
    """An administrator whom nobody asks."""
    person = make_person("Emil")
    add_member(organization=acme, user=person, role=Role.ADMINISTRATOR, actor=STAFF, at=at)
    return person


@pytest.fixture
def asked(
    acme: Organization, dora: User, grant: Callable[..., Delegation], buyer: Holder, shop: Shop, at: datetime
) -> Approval:
    """Dora alone has to answer; Alice owns Acme."""
    seat = acme.memberships.get(user=dora)
    group = make_group(organization=acme, name="Finance", needed=1, people=[seat.pk], actor=STAFF, at=at)
    when = {"amountOver": 2500, "currency": "EUR", "exponent": 2}
    link = grant(buyer, TOTAL_500, {"type": "step_up", "when": when, "approvers": group.pk})
    approval = Approval.objects.get(pk=shop.spend(buyer, link, 4000).approval)
    read_journal()
    return approval


def read_journal() -> None:
    sequence()
    drain(QUESTIONS, at=now())


def half_of(approval: Approval) -> datetime:
    return approval.created_at + (approval.expires_at - approval.created_at) / 2


def told() -> list[tuple[str, str]]:
    return sorted(Notice.objects.values_list("user__display_name", "kind"))


def test_it_tells_owners_nobody_asked_at_half_of_the_time_and_not_before(asked: Approval, emil: User) -> None:
    assert told() == [("Dora", "approval")]
    assert escalate_waiting(at=half_of(asked) - timedelta(seconds=1)) == 0
    assert escalate_waiting(at=half_of(asked)) == 1
    assert told() == [("Alice", "escalation"), ("Dora", "approval")]
    notice = Notice.objects.get(kind="escalation")
    assert (notice.title, notice.link) == ("A purchase of 40.00 EUR still waits for Finance", f"/approve/{asked.pk}")
    assert "0 of 1 have agreed. It ends in 7 minutes." in notice.body
    assert notice.until == asked.expires_at
    assert Delivery.objects.filter(notice=notice).count() == 1


def test_it_tells_each_once_however_often_it_runs(asked: Approval) -> None:
    assert [escalate_waiting(at=half_of(asked) + timedelta(seconds=each)) for each in (0, 15, 30)] == [1, 0, 0]


def test_it_tells_nothing_of_what_ended(asked: Approval, dora: User) -> None:
    assert escalate_waiting(at=asked.expires_at) == 0
    decline(approval=asked, approver=dora, actor=by(dora), at=asked.created_at)
    assert escalate_waiting(at=half_of(asked)) == 0


def test_it_asks_a_stand_in_who_was_named_meanwhile(
    acme: Organization, asked: Approval, dora: User, emil: User
) -> None:
    at = half_of(asked)
    away, instead = (acme.memberships.get(user=person) for person in (dora, emil))
    set_absence(membership=away, stand_in=instead, begins_at=at, ends_at=at + timedelta(days=1), actor=by(dora), at=at)
    assert escalate_waiting(at=at) == 2
    assert told() == [("Alice", "escalation"), ("Dora", "approval"), ("Emil", "approval")]
    approve(approval=asked, approver=emil, evidence=SIGNED, actor=by(emil), at=at)
    read_journal()
    assert not Notice.objects.filter(read_at=None).exists()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"withdrawn"}


def test_it_leaves_questions_alone_that_everybody_was_asked(
    alice: User, grant: Callable[..., Delegation], buyer: Holder, shop: Shop
) -> None:
    when = {"amountOver": 2500, "currency": "EUR", "exponent": 2}
    approval = Approval.objects.get(
        pk=shop.spend(buyer, grant(buyer, TOTAL_500, {"type": "step_up", "when": when}), 4000).approval
    )
    assert escalate_waiting(at=half_of(approval)) == 0


def test_a_worker_that_is_killed_leaves_nothing_half_told(
    asked: Approval, acme: Organization, charlie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_member(organization=acme, user=charlie, role=Role.OWNER, actor=STAFF, at=asked.created_at)
    really, calls = escalation.tell_of, []

    def dies_at_the_second(approval: Approval, person: User, **given: Any) -> Any:
        calls.append(person)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return really(approval, person, **given)

    monkeypatch.setattr(escalation, "tell_of", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        escalate_waiting(at=half_of(asked))
    assert told() == [("Dora", "approval")]
    monkeypatch.setattr(escalation, "tell_of", really)
    assert escalate_waiting(at=half_of(asked)) == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_tell_once(asked: Approval) -> None:
    counts: list[int] = []

    def work() -> None:
        try:
            counts.append(escalate_waiting(at=half_of(asked)))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sorted(counts) == [0, 0, 0, 1]
    assert Notice.objects.filter(kind="escalation").count() == 1
