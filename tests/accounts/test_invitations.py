"""Invitations: how somebody becomes a member."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.accounts.invitations import accept, invitation_of, invite, revoke_invitation
from identity.accounts.models import Invitation, Role
from identity.accounts.organizations import change_role
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.primitives.errors import AttornError, Gone, NotFound, NotPermitted


def by(user):
    return Actor(ActorKind.USER, user.pk)


@pytest.fixture
def offer(acme, alice, at):
    def make(email="charlie@example.org", role=Role.AUDITOR, user=alice):
        return invite(organization=acme, email=email, role=role, invited_by=user, actor=by(user), at=at)

    return make


def test_it_makes_the_invited_person_a_member_once(offer, acme, charlie, at):
    _, token = offer("  Charlie@Example.org ")
    assert accept(token=token, user=charlie, at=at).role == "auditor"
    with pytest.raises(Gone):
        accept(token=token, user=charlie, at=at)
    assert acme.memberships.filter(user=charlie).count() == 1


def test_it_works_for_an_address_without_an_account_just_the_same(offer):
    invitation, token = offer("nobody.yet@example.org")
    assert invitation.email == "nobody.yet@example.org"
    assert token


def test_it_keeps_neither_the_token_nor_an_address_in_the_journal(offer):
    invitation, token = offer()
    stored = str(Invitation.objects.values().get(pk=invitation.pk)) + str(list(Event.objects.values()))
    assert token not in stored
    assert "charlie@" not in str(list(Event.objects.values()))


def test_it_refuses_whoever_found_the_link(offer, acme, mallory, at):
    _, token = offer()
    with pytest.raises(NotPermitted) as refusal:
        accept(token=token, user=mallory, at=at)
    assert refusal.value.code == "invitation_for_another"
    assert not acme.memberships.filter(user=mallory).exists()


def test_it_ends_after_seven_days(offer, charlie, at):
    _, token = offer()
    assert invitation_of(token, at=at + timedelta(days=7, seconds=-1))
    with pytest.raises(Gone):
        accept(token=token, user=charlie, at=at + timedelta(days=7))


def test_it_ends_when_it_is_revoked_or_sent_again(offer, alice, charlie, at):
    invitation, first = offer()
    _, second = offer()
    with pytest.raises(Gone):
        accept(token=first, user=charlie, at=at)
    revoke_invitation(invitation=Invitation.objects.exclude(pk=invitation.pk).get(), actor=by(alice), at=at)
    with pytest.raises(Gone):
        accept(token=second, user=charlie, at=at)


def test_it_ends_when_the_inviter_may_no_longer_invite(offer, acme, alice, bob, charlie, at):
    """Stops somebody who is about to be removed from leaving herself a way back in."""
    change_role(membership=acme.memberships.get(user=bob), role=Role.ADMINISTRATOR, actor=by(alice), at=at)
    _, token = offer(user=bob)
    change_role(membership=acme.memberships.get(user=bob), role=Role.MEMBER, actor=by(alice), at=at)
    with pytest.raises(Gone):
        accept(token=token, user=charlie, at=at)


def test_it_lets_only_an_owner_offer_ownership(offer, acme, alice, bob, at):
    change_role(membership=acme.memberships.get(user=bob), role=Role.ADMINISTRATOR, actor=by(alice), at=at)
    with pytest.raises(NotPermitted):
        offer(user=bob, role=Role.OWNER)


@pytest.mark.parametrize(
    ("email", "role", "code"),
    [
        ("not an address", "member", "email_invalid"),
        ("x@example.org", "emperor", "role_unknown"),
        ("bob@example.org", "member", "already_member"),
    ],
)
def test_it_refuses_malformed_offers(offer, email, role, code):
    with pytest.raises(AttornError) as refusal:
        offer(email, role)
    assert refusal.value.code == code


def test_it_knows_no_other_token(offer, at):
    offer()
    with pytest.raises(NotFound):
        invitation_of("x" * 43, at=at)


def test_it_has_limits(offer, monkeypatch):
    monkeypatch.setattr("identity.accounts.invitations.OPEN_PER_ORGANIZATION_MAX", 1)
    offer()
    with pytest.raises(AttornError) as refusal:
        offer("other@example.org")
    assert refusal.value.code == "too_many_invitations"
    monkeypatch.setattr("identity.accounts.invitations.OPEN_PER_ORGANIZATION_MAX", 9)
    monkeypatch.setattr("identity.accounts.invitations.SENT_PER_DAY_MAX", 1)
    with pytest.raises(AttornError) as refusal:
        offer("other@example.org")
    assert refusal.value.code == "invitations_per_day"
