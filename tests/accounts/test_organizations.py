"""Making and renaming organizations."""

from __future__ import annotations

import pytest

from identity.accounts.organizations import create_organization, personal_organization, update_organization
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.primitives.errors import AttornError, InvalidInput


def by(user):
    return Actor(ActorKind.USER, user.pk)


def test_it_makes_the_maker_its_owner_and_says_so_in_the_journal(acme, alice):
    assert acme.memberships.get(user=alice).role == "owner"
    kinds = list(Event.objects.filter(organization=acme.pk).order_by("written_order").values_list("kind", flat=True))
    assert kinds == ["organization.created", "member.added", "member.added"]


def test_it_makes_one_personal_organization_on_first_need(charlie, at):
    first = personal_organization(charlie, at)
    assert personal_organization(charlie, at) == first
    assert (first.kind, first.person, first.name) == ("person", charlie, "Charlie")


def test_it_never_publishes_the_address_of_a_person_without_a_name(make_person, at):
    nameless = make_person("nameless")
    nameless.display_name = ""
    assert personal_organization(nameless, at).name == "A private person"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": " "}, "organization_name_invalid"),
        ({"name": "x" * 121}, "organization_name_invalid"),
        ({"name": "Ac\u202eme"}, "organization_name_invalid"),
        ({"kind": "cartel"}, "organization_kind_unknown"),
        ({"country": "DEU"}, "country_invalid"),
        ({"website": "javascript:alert(1)"}, "website_invalid"),
        ({"website": "https://user@acme.example"}, "website_invalid"),
        ({"website": "https://[::1"}, "website_invalid"),
    ],
)
def test_it_refuses_a_malformed_field_and_makes_nothing(alice, at, fields, code):
    wanted = {"name": "Acme", "kind": "organization", **fields}
    with pytest.raises(InvalidInput) as refusal:
        create_organization(**wanted, owner=alice, actor=by(alice), at=at)
    assert refusal.value.code == code
    assert not Event.objects.exists()


def test_it_refuses_a_second_personal_organization(alice, at):
    personal_organization(alice, at)
    with pytest.raises(AttornError) as refusal:
        create_organization(name="Again", kind="person", owner=alice, actor=by(alice), at=at)
    assert refusal.value.code == "already_has_personal"


def test_it_records_only_the_fields_that_changed(acme, alice, at):
    update_organization(organization=acme, name="Acme Ltd", country="de", actor=by(alice), at=at)
    acme.refresh_from_db()
    assert acme.name == "Acme Ltd"
    assert Event.objects.get(kind="organization.changed").payload == {"fields": ["name"]}


def test_it_writes_nothing_when_nothing_differs(acme, alice, at):
    update_organization(organization=acme, name="Acme", actor=by(alice), at=at)
    assert not Event.objects.filter(kind="organization.changed").exists()
