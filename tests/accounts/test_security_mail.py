"""Owners hear by mail of what would let somebody else act for their organization."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.accounts.models import Role
from identity.accounts.organizations import change_role, personal_organization
from identity.accounts.service_keys import create_service_key
from identity.journal.actor import Actor, ActorKind
from identity.journal.drain import drain, replay
from identity.journal.sequence import sequence


@pytest.fixture
def read(at):
    def catch_up():
        sequence()
        return drain("security_mail", at=at)

    return catch_up


def make_key(acme, alice, at):
    return create_service_key(
        organization=acme,
        name="CI",
        scopes=["agents_read"],
        expires_at=None,
        actor=Actor(ActorKind.USER, alice.pk),
        at=at,
        created_by=alice,
    )


def test_it_tells_the_owners_of_a_new_key_but_not_the_key(acme, alice, at, read, mailoutbox):
    _, token = make_key(acme, alice, at)
    read()
    (message,) = mailoutbox
    assert message.to == [alice.email]
    assert message.subject == "A service key was made for Acme"
    assert token not in message.body


def test_it_tells_every_owner_of_a_new_owner(acme, alice, bob, at, read, mailoutbox):
    actor = Actor(ActorKind.USER, alice.pk)
    change_role(membership=acme.memberships.get(user=bob), role=Role.OWNER, actor=actor, at=at)
    read()
    assert sorted(message.to[0] for message in mailoutbox) == [alice.email, bob.email]


def test_it_says_nothing_of_ordinary_members_or_of_ones_own_organization(acme, charlie, at, read, mailoutbox):
    personal_organization(charlie, at)
    read()
    assert mailoutbox == []


def test_it_does_not_repeat_old_news_in_a_replay(acme, alice, at, read, mailoutbox):
    make_key(acme, alice, at - timedelta(hours=25))
    read()
    replay("security_mail", at=at)
    read()
    assert mailoutbox == []
