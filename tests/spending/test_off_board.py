"""A member leaves: everything that rests on her word ends with the membership, what rests on others' words stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from identity.accounts.invitations import invite
from identity.accounts.models import Membership, Organization, Role, User
from identity.accounts.organizations import change_role, personal_organization
from identity.accounts.service_keys import authenticate, create_service_key
from identity.delegation.delegate import draft_root, strong_sign_in_evidence
from identity.delegation.models import Delegation, PendingRaise
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.primitives.errors import Conflict, NotFound, NotPermitted
from identity.spending import links
from identity.spending.answers import approve
from identity.spending.models import Approval, Authorization, Elevation
from identity.spending.off_board import off_board
from identity.spending.raises import ask_raise
from tests.spending.conftest import TOTAL_500, Holder, Shop, euros, make_terms

ASK_ABOVE_25 = {"type": "step_up", "when": {"amountOver": 2500, "currency": "EUR", "exponent": 2}}
SIGNED_IN = {"type": "StrongSignIn", "method": "webauthn", "signedInAt": "2026-05-04T08:00:00Z"}


def by(user: User) -> Actor:
    return Actor(ActorKind.USER, user.pk)


@pytest.fixture
def team(acme: Organization, alice: User, bob: User, at: datetime) -> Organization:
    """Bob may lend and answer, as Alice may."""
    change_role(membership=acme.memberships.get(user=bob), role=Role.ADMINISTRATOR, actor=by(alice), at=at)
    return acme


@pytest.fixture
def lend(team: Organization, at: datetime) -> Callable[..., Delegation]:
    def make(holder: Holder, actor: Actor, *constraints: dict[str, Any], **terms: Any) -> Delegation:
        return links.delegate_root(
            principal=team,
            agent=holder.agent,
            terms=make_terms(at, *(constraints or (TOTAL_500,)), **terms),
            evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
            actor=actor,
            at=at,
        )

    return make


@pytest.fixture
def leave(team: Organization, alice: User, bob: User, at: datetime) -> Callable[[], Any]:
    """Alice removes Bob."""
    return lambda: off_board(membership=team.memberships.get(user=bob), actor=by(alice), at=at)


def key_of(team: Organization, user: User, at: datetime, *scopes: str) -> tuple[Any, str]:
    made = scopes or ("agents_read",)
    return create_service_key(
        organization=team, name="CI", scopes=made, expires_at=None, actor=by(user), at=at, created_by=user
    )


def test_it_revokes_what_he_lent_with_what_lies_below_and_is_held(
    lend: Any, leave: Any, bob: User, alice: User, planner: Holder, buyer: Holder, shop: Shop, pass_on: Any
) -> None:
    his = lend(planner, by(bob), max_further_depth=2)
    child = pass_on(his, planner, buyer, TOTAL_500)
    hers = lend(buyer, by(alice))
    for link in (child, hers):
        assert shop.spend(buyer, link, 1_000).verdict == "approved"

    ended = leave()

    assert (ended.delegations, ended.holds) == (1, 1)
    his.refresh_from_db()
    assert (his.status, his.status_reason, his.status_set_by) == ("revoked", "member_left", "principal")
    assert shop.spend(buyer, child, 1_000).verdict == "declined"
    assert shop.spend(buyer, hers, 1_000).verdict == "approved"
    assert [one.state for one in Authorization.objects.filter(root=his.pk)] == ["closed"]


def test_it_revokes_what_his_service_key_lent(
    lend: Any, leave: Any, team: Organization, bob: User, buyer: Holder, at: datetime
) -> None:
    key, token = key_of(team, bob, at)
    root = lend(buyer, Actor(ActorKind.SERVICE_KEY, key.pk))
    ended = leave()
    root.refresh_from_db()
    assert (ended.delegations, ended.service_keys, root.status) == (1, 1, "revoked")
    assert authenticate(token, at) is None


def test_it_keeps_what_somebody_agreed_to_after_him(
    lend: Any, leave: Any, alice: User, bob: User, buyer: Holder, team: Organization, at: datetime
) -> None:
    his = lend(buyer, by(bob))
    draft = draft_root(
        principal=team,
        agent=buyer.agent,
        terms=make_terms(at, euros("total", 40_000, refundRestores=True)),
        replaces=his,
        at=at,
    )
    hers = links.issue_root(draft=draft, evidence=SIGNED_IN, actor=by(alice), at=at)
    assert leave().delegations == 0
    hers.refresh_from_db()
    assert hers.status == "active"


def test_it_cancels_wider_limits_that_he_agreed_to_and_counts_those_in_force_as_his(
    lend: Any, leave: Any, alice: User, bob: User, buyer: Holder, team: Organization, at: datetime
) -> None:
    hers = lend(buyer, by(alice))
    draft = draft_root(
        principal=team,
        agent=buyer.agent,
        terms=make_terms(at, euros("total", 90_000, refundRestores=True)),
        replaces=hers,
        at=at,
    )
    ask_raise(draft=draft, evidence=SIGNED_IN, actor=by(bob), at=at)
    assert leave().raises == 1
    hers.refresh_from_db()
    assert (PendingRaise.objects.get().state, hers.status) == ("cancelled", "active")


def test_it_ends_keys_invitations_and_sessions(
    leave: Any, team: Organization, alice: User, bob: User, at: datetime
) -> None:
    browser = Client()
    browser.force_login(bob)
    UserSession.objects.create(user=bob, session_key=browser.session.session_key, ip="127.0.0.1", user_agent="x")
    hers, token = key_of(team, alice, at)
    key_of(team, bob, at)
    invite(organization=team, email="x@example.org", role="member", invited_by=bob, actor=by(bob), at=at)

    ended = leave()

    assert (ended.service_keys, ended.invitations, ended.sessions) == (1, 1, 1)
    assert authenticate(token, at) == hers
    assert team.invitations.get().revoked_at == at
    assert browser.get("/console/").status_code == 302, "he was signed out"


def test_it_leaves_him_signed_in_where_he_belongs_to_something_else(leave: Any, bob: User, at: datetime) -> None:
    personal_organization(bob, at)
    UserSession.objects.create(user=bob, session_key="k" * 32, ip="127.0.0.1", user_agent="x")
    assert leave().sessions == 0


def test_his_yes_counts_no_more(
    lend: Any, leave: Any, team: Organization, alice: User, bob: User, buyer: Holder, shop: Shop, at: datetime
) -> None:
    hers = lend(buyer, by(alice), TOTAL_500, ASK_ABOVE_25)
    asked = [shop.spend(buyer, hers, amount).approval for amount in (4_000, 4_100)]
    used, waiting = (Approval.objects.get(pk=one) for one in asked)
    Approval.objects.filter(pk=waiting.pk).update(quorum=2)
    for one in (used, waiting):
        approve(approval=one, approver=bob, evidence=SIGNED_IN, actor=by(bob), at=at)

    ended = leave()

    assert (ended.votes, ended.approvals) == (1, 1)
    assert Elevation.objects.get(approval=used).valid_until == at
    assert shop.spend(buyer, hers, 4_000, approval=used.pk).verdict == "declined"
    waiting = approve(approval=waiting, approver=alice, evidence=SIGNED_IN, actor=by(alice), at=at)
    assert waiting.state == "pending", "one yes of two is left"


def test_it_does_nothing_twice(leave: Any, lend: Any, team: Organization, alice: User, bob: User, at: datetime) -> None:
    membership = team.memberships.get(user=bob)
    leave()
    before = Event.objects.count()
    with pytest.raises(NotFound):
        off_board(membership=membership, actor=by(alice), at=at)
    assert Event.objects.count() == before


def test_it_changes_nothing_when_he_may_not_go(
    lend: Any, team: Organization, alice: User, bob: User, buyer: Holder, at: datetime
) -> None:
    hers = lend(buyer, by(alice))
    membership = team.memberships.get(user=alice)
    for actor, refusal in ((by(bob), NotPermitted), (by(alice), Conflict)):
        with pytest.raises(refusal):
            off_board(membership=membership, actor=actor, at=at)
    hers.refresh_from_db()
    assert hers.status == "active"
    assert Membership.objects.filter(pk=membership.pk).exists()


def test_it_records_the_leaving_with_its_counts(leave: Any, lend: Any, bob: User, buyer: Holder) -> None:
    lend(buyer, by(bob))
    leave()
    event = Event.objects.get(kind="member.off_boarded")
    assert event.payload["delegations"] == 1
    assert bob.email not in str(event.payload)


def test_a_consent_that_was_on_its_way_comes_too_late(
    leave: Any, lend: Any, bob: User, buyer: Holder, at: datetime
) -> None:
    leave()
    with pytest.raises(NotPermitted) as refused:
        lend(buyer, by(bob))
    assert refused.value.code == "lending_not_allowed"
    assert not Delegation.objects.exists()


def test_it_takes_a_delegation_that_is_over_only_while_something_is_held_on_it(
    lend: Any, team: Organization, alice: User, bob: User, buyer: Holder, shop: Shop, at: datetime
) -> None:
    lend(buyer, by(bob))
    held = lend(buyer, by(bob))
    assert shop.spend(buyer, held, 1_000).verdict == "approved"
    later = at + timedelta(days=40)
    ended = off_board(membership=team.memberships.get(user=bob), actor=by(alice), at=later)
    assert (ended.delegations, ended.holds) == (1, 1)
