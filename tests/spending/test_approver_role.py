"""An approver answers agents' questions, alone or in a group, sees what they are about, and does nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from identity.accounts.models import Organization, Role, User
from identity.accounts.organizations import add_member
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.delegation.approver_groups import make_group
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind, system
from identity.primitives.errors import NotPermitted
from identity.spending.answers import approve
from identity.spending.approvers import people_asked
from identity.spending.links import delegate_root
from identity.spending.models import Approval, ApprovalState
from tests.spending.conftest import TOTAL_500, Holder, Shop, make_terms

pytestmark = pytest.mark.django_db
SIGNED = {"type": "StrongSignIn", "method": "webauthn", "signedInAt": "2026-05-04T08:00:00Z"}


@pytest.fixture
def frieda(acme: Organization, make_person: Callable[..., User], at: datetime) -> User:
    person = make_person("Frieda")
    add_member(organization=acme, user=person, role=Role.APPROVER, actor=system("tests"), at=at)
    return person


@pytest.fixture
def ask(buyer: Holder, shop: Shop, grant: Callable[..., Delegation]) -> Callable[..., Approval]:
    def put(**step_up: Any) -> Approval:
        when = {"amountOver": 2500, "currency": "EUR", "exponent": 2}
        link = grant(buyer, TOTAL_500, {"type": "step_up", "when": when, **step_up})
        return Approval.objects.get(pk=shop.spend(buyer, link, 4_000).approval)

    return put


def yes(approval: Approval, person: User, at: datetime) -> Approval:
    actor = Actor(ActorKind.USER, person.pk)
    return approve(approval=approval, approver=person, evidence=SIGNED, actor=actor, at=at)


def test_she_is_asked_and_her_yes_counts(frieda: User, alice: User, ask: Callable[..., Approval], at: datetime) -> None:
    question = ask()
    assert {person.pk for person in people_asked(question, at=at)} == {alice.pk, frieda.pk}
    assert yes(question, frieda, at).state == ApprovalState.APPROVED


def test_a_group_of_approvers_alone_decides_together(
    acme: Organization, frieda: User, alice: User, make_person: Callable[..., User], ask: Any, at: datetime
) -> None:
    other, by = make_person("Gustav"), Actor(ActorKind.USER, alice.pk)
    add_member(organization=acme, user=other, role=Role.APPROVER, actor=by, at=at)
    seats = [acme.memberships.get(user=person).pk for person in (frieda, other)]
    group = make_group(organization=acme, name="Controlling", needed=2, people=seats, actor=by, at=at)
    question = ask(approvers=group.pk)
    assert yes(question, frieda, at).state == ApprovalState.PENDING
    with pytest.raises(NotPermitted):
        yes(question, alice, at)
    assert yes(question, other, at).state == ApprovalState.APPROVED


def test_she_lends_nothing(acme: Organization, frieda: User, buyer: Holder, at: datetime) -> None:
    with pytest.raises(NotPermitted) as refusal:
        delegate_root(
            principal=acme,
            agent=buyer.agent,
            terms=make_terms(at, TOTAL_500),
            evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
            actor=Actor(ActorKind.USER, frieda.pk),
            at=at,
        )
    assert refusal.value.code == "lending_not_allowed"


def test_her_console_has_the_questions_and_nothing_to_change(
    acme: Organization, frieda: User, ask: Callable[..., Approval], client: Client
) -> None:
    question = ask()
    client.force_login(frieda)
    here = f"/console/{acme.pk}/"
    assert "May it buy this?" in client.get(f"/approve/{question.pk}").content.decode()
    for place in ("", "approvals/", "delegations/", "statement/", "team/absences/"):
        assert client.get(f"{here}{place}").status_code == 200, place
    for place in ("delegations/new/", "service-keys/", "team/groups/new/", "settings/"):
        assert client.get(f"{here}{place}").status_code == 403, place
    assert "Try it" not in client.get(here).content.decode()
    card = client.get(f"{here}delegations/{question.leaf}/").content.decode()
    assert "Change or stop it" not in card


def test_nobody_answers_by_a_role_that_also_lends_within_a_rule() -> None:
    """Whoever may answer lifts the limits of a rule: a role has one or the other, or is bound by nothing."""
    answers = {role for role, found in ROLE_PERMISSIONS.items() if Permission.APPROVALS_WRITE in found}
    lends = {role for role, found in ROLE_PERMISSIONS.items() if Permission.DELEGATIONS_WRITE in found}
    assert answers == {Role.OWNER, Role.ADMINISTRATOR, Role.APPROVER}
    assert answers & lends == {Role.OWNER, Role.ADMINISTRATOR}
