"""Roles: who may do what for an organization."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from identity.accounts.models import Organization, Role
from identity.accounts.organizations import add_member, change_role, remove_member
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission, may, require
from identity.journal.actor import Actor, ActorKind, system
from identity.primitives.errors import AttornError, NotFound, NotPermitted


def by(user):
    return Actor(ActorKind.USER, user.pk)


def test_it_says_for_every_role_what_it_carries():
    assert set(ROLE_PERMISSIONS) == set(Role.values)
    assert ROLE_PERMISSIONS[Role.OWNER] == frozenset(Permission)


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("permission", list(Permission))
def test_it_lets_a_role_do_exactly_what_the_table_says(acme, charlie, at, role, permission):
    add_member(organization=acme, user=charlie, role=role, actor=by(acme.memberships.get(role="owner").user), at=at)
    assert may(charlie, acme, permission) == (permission in ROLE_PERMISSIONS[role])


def test_it_tells_a_member_what_is_missing(acme, bob):
    with pytest.raises(NotPermitted) as refusal:
        require(bob, acme, Permission.MEMBERS_WRITE)
    assert refusal.value.code == "role_lacks_permission"


def test_it_answers_a_stranger_as_if_there_were_no_such_organization(acme, charlie):
    nowhere = Organization(name="Nowhere")
    answers = []
    for organization in (acme, nowhere):
        with pytest.raises(NotFound) as refusal:
            require(charlie, organization, Permission.AGENTS_READ)
        answers.append((refusal.value.code, refusal.value.detail))
    assert answers[0] == answers[1]


def test_it_gives_nothing_to_staff_to_the_signed_out_or_to_a_closed_login(acme, alice, olga):
    alice.is_active = False
    for user in (olga, AnonymousUser(), alice):
        assert not may(user, acme, Permission.AGENTS_READ)


def test_it_changes_what_somebody_may_do_at_once(acme, alice, bob, at):
    change_role(membership=acme.memberships.get(user=bob), role=Role.REGISTRAR, actor=by(alice), at=at)
    assert may(bob, acme, Permission.NAMES_WRITE)
    assert not may(bob, acme, Permission.AGENTS_WRITE)
    remove_member(membership=acme.memberships.get(user=bob), actor=by(alice), at=at)
    assert not may(bob, acme, Permission.AGENTS_READ)


@pytest.mark.parametrize("actor_kind", ["administrator", "service_key"])
def test_it_lets_nobody_but_an_owner_make_or_unmake_an_owner(acme, alice, bob, charlie, at, actor_kind):
    mine = acme.memberships.get(user=bob)
    change_role(membership=mine, role=Role.ADMINISTRATOR, actor=by(alice), at=at)
    change_role(
        membership=add_member(organization=acme, user=charlie, role=Role.MEMBER, actor=by(alice), at=at),
        role=Role.OWNER,
        actor=by(alice),
        at=at,
    )
    actor = by(bob) if actor_kind == "administrator" else Actor(ActorKind.SERVICE_KEY, "sky_1")
    owners = acme.memberships.get(user=charlie)
    for attempt in (
        lambda: change_role(membership=mine, role=Role.OWNER, actor=actor, at=at),
        lambda: change_role(membership=owners, role=Role.MEMBER, actor=actor, at=at),
        lambda: remove_member(membership=owners, actor=actor, at=at),
    ):
        with pytest.raises(NotPermitted) as refusal:
            attempt()
        assert refusal.value.code == "owner_only"


def test_it_refuses_an_unknown_role_and_a_second_membership(acme, alice, bob, charlie, at):
    with pytest.raises(AttornError) as refusal:
        add_member(organization=acme, user=charlie, role="emperor", actor=by(alice), at=at)
    assert refusal.value.code == "role_unknown"
    with pytest.raises(AttornError) as refusal:
        add_member(organization=acme, user=bob, role=Role.AUDITOR, actor=system("test"), at=at)
    assert refusal.value.code == "already_member"
