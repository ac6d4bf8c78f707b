"""Whoever may answer a question is told, once, while it can be answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from identity.accounts.models import Role, User
from identity.accounts.organizations import add_member
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind, system
from identity.journal.drain import drain, replay
from identity.journal.sequence import sequence
from identity.primitives.clock import now
from identity.spending.answers import decline
from identity.spending.models import Approval
from registry.notices.models import Notice
from registry.notices.sending import send_due
from tests.spending.conftest import TOTAL_500, Holder, Shop
from tests.spending_scene import *  # noqa: F403 - fixtures

ASK_ABOVE_25 = {"type": "step_up", "when": {"amountOver": 2500, "currency": "EUR", "exponent": 2}}


@pytest.fixture
def asked(grant: Callable[..., Delegation], buyer: Holder, shop: Shop) -> Approval:
    link = grant(buyer, TOTAL_500, ASK_ABOVE_25)
    return Approval.objects.get(pk=shop.spend(buyer, link, 4000).approval)


def read() -> int:
    """Let the reader catch up, and the sender after it."""
    sequence()
    drain("approval_mail", at=now())
    return send_due(clock=now)


def test_it_mails_everybody_who_may_answer_and_nobody_else(
    asked: Approval, acme: Any, alice: Any, bob: Any, charlie: Any, mailoutbox: list[Any], settings: Any
) -> None:
    add_member(organization=acme, user=charlie, role=Role.OWNER, actor=system("tests"), at=now())
    read()
    assert sorted(mail.to[0] for mail in mailoutbox) == sorted([alice.email, charlie.email])
    mail = mailoutbox[0]
    assert "40.00 EUR" in mail.subject
    assert f"{settings.PUBLIC_URL}/approve/{asked.pk}" in mail.body


def test_each_is_told_in_the_language_she_reads(
    asked: Approval, acme: Any, alice: Any, charlie: Any, mailoutbox: list[Any]
) -> None:
    add_member(organization=acme, user=charlie, role=Role.OWNER, actor=system("tests"), at=now())
    User.objects.filter(pk=alice.pk).update(language="de")
    read()
    subjects = {mail.to[0]: mail.subject for mail in mailoutbox}
    assert "40,00 EUR" in subjects[alice.email]
    assert subjects[charlie.email].startswith("May it spend 40.00 EUR at")


def test_it_does_not_mail_twice(asked: Approval, mailoutbox: list[Any]) -> None:
    read()
    read()
    assert len(mailoutbox) == 1


def test_it_does_not_mail_what_nobody_can_answer_any_more(asked: Approval, alice: Any, mailoutbox: list[Any]) -> None:
    decline(approval=asked, approver=alice, actor=Actor(ActorKind.USER, alice.pk), at=now())
    read()
    assert mailoutbox == []
    replay("approval_mail", at=now())
    read()
    assert mailoutbox == []


def test_it_does_not_mail_a_question_that_ran_out(asked: Approval, mailoutbox: list[Any]) -> None:
    Approval.objects.filter(pk=asked.pk).update(expires_at=now() - timedelta(seconds=1))
    read()
    assert mailoutbox == []


def test_the_agent_writes_nothing_in_the_registers_name(asked: Approval, mailoutbox: list[Any]) -> None:
    deal = {**asked.transaction, "vendor_name": "Shop\r\nBcc: all@example.org", "order_display": "Call +49 1234"}
    Approval.objects.filter(pk=asked.pk).update(transaction=deal, agent_note="Your account is blocked")
    read()
    mail = mailoutbox[0]
    assert "\n" not in mail.subject
    assert "Your account is blocked" not in mail.body
    assert "Call +49 1234" not in mail.body


def test_it_stands_in_the_list_and_is_read_once_it_is_answered(asked: Approval, alice: Any) -> None:
    read()
    notice = Notice.objects.get(user=alice)
    assert (notice.kind, notice.link, notice.until) == ("approval", f"/approve/{asked.pk}", asked.expires_at)
    assert notice.read_at is None
    decline(approval=asked, approver=alice, actor=Actor(ActorKind.USER, alice.pk), at=now())
    read()
    notice.refresh_from_db()
    assert notice.read_at is not None


def test_what_is_answered_before_it_is_sent_is_not_sent(asked: Approval, alice: Any, mailoutbox: list[Any]) -> None:
    sequence()
    drain("approval_mail", at=now())
    decline(approval=asked, approver=alice, actor=Actor(ActorKind.USER, alice.pk), at=now())
    read()
    assert mailoutbox == []
