"""An organization always has an owner: by the rule, by the database, and under races."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from identity.accounts.models import Membership, Role
from identity.accounts.organizations import add_member, change_role, personal_organization, remove_member
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.primitives.errors import AttornError, Conflict


def by(user):
    return Actor(ActorKind.USER, user.pk)


@pytest.fixture
def two_owners(acme, alice, bob, at):
    change_role(membership=acme.memberships.get(user=bob), role=Role.OWNER, actor=by(alice), at=at)
    return acme


def test_it_does_not_let_the_last_owner_leave(acme, alice, at):
    before = Event.objects.count()
    with pytest.raises(Conflict) as refusal:
        remove_member(membership=acme.memberships.get(user=alice), actor=by(alice), at=at)
    assert refusal.value.code == "last_owner"
    assert Event.objects.count() == before


def test_it_does_not_let_the_last_owner_become_less(acme, alice, at):
    with pytest.raises(Conflict):
        change_role(membership=acme.memberships.get(user=alice), role=Role.MEMBER, actor=by(alice), at=at)


def test_it_lets_an_owner_leave_when_there_is_another(two_owners, alice, at):
    remove_member(membership=two_owners.memberships.get(user=alice), actor=by(alice), at=at)
    assert two_owners.memberships.filter(role="owner").count() == 1


@pytest.mark.django_db(transaction=True)
def test_it_is_refused_by_the_database_itself(acme, alice):
    with pytest.raises(IntegrityError, match="no owner"):
        Membership.objects.filter(organization=acme, user=alice).delete()
    with pytest.raises(IntegrityError, match="no owner"):
        Membership.objects.filter(organization=acme, user=alice).update(role="member")
    assert acme.memberships.get(user=alice).role == "owner"


@pytest.mark.django_db(transaction=True)
def test_it_lets_one_transaction_hand_ownership_over_in_any_order(acme, alice, bob):
    with transaction.atomic():
        acme.memberships.filter(user=alice).delete()
        acme.memberships.filter(user=bob).update(role="owner")
    assert acme.memberships.get(role="owner").user == bob


@pytest.mark.django_db(transaction=True)
def test_it_lets_an_organization_end_with_all_its_members(acme):
    acme.delete()
    assert not Membership.objects.exists()


def both_at_once(*attempts):
    start, outcomes = threading.Barrier(len(attempts)), []

    def run(attempt):
        try:
            start.wait(10)
            attempt()
            outcomes.append("done")
        except (AttornError, IntegrityError) as refusal:
            outcomes.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[attempt]) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(outcomes)


@pytest.mark.django_db(transaction=True)
def test_it_lets_only_one_of_two_owners_remove_the_other(two_owners, alice, bob, at):
    first, second = (two_owners.memberships.get(user=user) for user in (alice, bob))
    outcomes = both_at_once(
        lambda: remove_member(membership=first, actor=by(bob), at=at),
        lambda: remove_member(membership=second, actor=by(alice), at=at),
    )
    assert outcomes in (["NotPermitted", "done"], ["Conflict", "done"])
    assert two_owners.memberships.filter(role="owner").count() == 1


@pytest.mark.django_db(transaction=True)
def test_it_holds_in_the_database_when_two_transactions_each_count_on_the_other_owner(two_owners, alice, bob):
    def remove(user):
        with transaction.atomic():
            Membership.objects.filter(organization=two_owners, user=user).delete()

    assert both_at_once(lambda: remove(alice), lambda: remove(bob)) == ["IntegrityError", "done"]


@pytest.mark.django_db(transaction=True)
def test_it_makes_one_personal_organization_for_two_requests_at_once(charlie, at):
    made = []
    both_at_once(*[lambda: made.append(personal_organization(charlie, at).pk)] * 4)
    assert len(made) == 4
    assert len(set(made)) == 1


def test_it_adds_and_removes_others_freely(acme, alice, charlie, at):
    membership = add_member(organization=acme, user=charlie, role=Role.AUDITOR, actor=by(alice), at=at)
    remove_member(membership=membership, actor=by(charlie), at=at)
    assert not acme.memberships.filter(user=charlie).exists()
