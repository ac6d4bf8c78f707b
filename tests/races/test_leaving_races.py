"""Somebody leaves while she still clicks: what was on its way is cut, or never comes; nothing survives in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from identity.accounts.models import Organization, Role, User
from identity.accounts.organizations import change_role
from identity.delegation.approver_groups import make_group
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.models import Delegation, DelegationStatus
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.primitives.errors import AttornError
from identity.spending import links
from identity.spending.answers import approve
from identity.spending.models import Approval, ApprovalVote, Elevation
from identity.spending.off_board import OffBoarded, off_board
from tests.races.test_raise_races import side_by_side
from tests.spending.conftest import (
    TOTAL_500,
    Holder,
    Shop,
    buyer,
    euros,
    grant,
    make_holder,
    make_terms,
    nordlicht,
    planner,
    shop,
)

__all__ = ["buyer", "euros", "grant", "make_holder", "nordlicht", "planner", "shop"]
pytestmark = pytest.mark.django_db(transaction=True)
SIGNED = {"type": "StrongSignIn", "method": "webauthn", "signedInAt": "2026-05-04T08:00:00Z"}


def by(user: User) -> Actor:
    return Actor(ActorKind.USER, user.pk)


@pytest.fixture
def team(acme: Organization, alice: User, bob: User, at: datetime) -> Organization:
    change_role(membership=acme.memberships.get(user=bob), role=Role.ADMINISTRATOR, actor=by(alice), at=at)
    return acme


@pytest.fixture
def lend(team: Organization, bob: User, planner: Holder, at: datetime) -> Callable[[], Any]:
    """Bob's consent, as it comes in; what he was told instead when it was too late."""

    def agree() -> Any:
        try:
            return links.delegate_root(
                principal=team,
                agent=planner.agent,
                terms=make_terms(at, TOTAL_500),
                evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
                actor=by(bob),
                at=at,
            )
        except AttornError as refusal:
            return refusal.code

    return agree


@pytest.fixture
def leave(team: Organization, alice: User, bob: User, at: datetime) -> Callable[[], Any]:
    membership = team.memberships.select_related("organization").get(user=bob)

    def remove() -> Any:
        try:
            return off_board(membership=membership, actor=by(alice), at=at)
        except AttornError as refusal:
            return refusal.code

    return remove


def test_no_consent_outlives_the_leaving(lend: Callable[[], Any], leave: Callable[[], Any]) -> None:
    lend()
    results = side_by_side(lend, leave, lend)
    ended = next(each for each in results if isinstance(each, OffBoarded))
    issued = 1 + sum(isinstance(each, Delegation) for each in results)
    assert ended.delegations == issued
    assert not Delegation.objects.exclude(status=DelegationStatus.REVOKED).exists()


def test_two_clicks_remove_once(lend: Callable[[], Any], leave: Callable[[], Any]) -> None:
    lend()
    results = side_by_side(leave, leave, leave)
    assert sum(isinstance(each, OffBoarded) for each in results) == 1
    assert results.count("not_found") == 2
    assert Event.objects.filter(kind="member.off_boarded").count() == 1
    assert Event.objects.filter(kind="delegation.revoked").count() == 1


def test_no_yes_outlives_the_leaving(
    team: Organization,
    bob: User,
    leave: Callable[[], Any],
    grant: Callable[..., Delegation],
    buyer: Holder,
    shop: Shop,
    at: datetime,
) -> None:
    link = grant(buyer, TOTAL_500, {"type": "step_up", "when": {"always": True}})
    asked = Approval.objects.get(pk=shop.spend(buyer, link, 4_000).approval)

    def agree() -> Any:
        try:
            return approve(approval=asked, approver=bob, evidence=SIGNED, actor=by(bob), at=at)
        except AttornError as refusal:
            return refusal.code

    side_by_side(agree, leave)
    elevation = Elevation.objects.filter(approval=asked).first()
    assert elevation is None or elevation.valid_until == at
    assert shop.spend(buyer, link, 4_000, approval=asked.pk).verdict != "approved"


def test_two_of_a_group_at_once_are_both_counted(
    team: Organization,
    alice: User,
    bob: User,
    grant: Callable[..., Delegation],
    buyer: Holder,
    shop: Shop,
    at: datetime,
) -> None:
    people = team.memberships.values_list("pk", flat=True)
    group = make_group(organization=team, name="Both", needed=2, people=people, actor=by(alice), at=at)
    link = grant(buyer, TOTAL_500, {"type": "step_up", "when": {"always": True}, "approvers": group.pk})
    asked = Approval.objects.get(pk=shop.spend(buyer, link, 4_000).approval)

    def agreeing(person: User) -> Callable[[], Any]:
        def agree() -> Any:
            try:
                return approve(approval=asked, approver=person, evidence=SIGNED, actor=by(person), at=at)
            except AttornError as refusal:
                return refusal.code

        return agree

    side_by_side(*[agreeing(person) for person in (alice, bob, alice, bob)])
    asked.refresh_from_db()
    assert (asked.state, ApprovalVote.objects.count(), Elevation.objects.count()) == ("approved", 2, 1)
