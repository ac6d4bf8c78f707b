"""Groups of approvers and absences over HTTP: what the console does, by a program that an owner let."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.accounts.models import Membership, Organization, Role, User
from identity.accounts.organizations import add_member
from identity.accounts.service_keys import SCOPES, create_service_key
from identity.delegation.models import Absence, ApproverGroup
from identity.journal.actor import Actor, ActorKind, system
from identity.journal.models import Event
from identity.primitives.clock import rfc3339
from identity.primitives.errors import NotPermitted
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def members(acme: Organization, alice: User, bob: User, at: datetime) -> tuple[Membership, Membership]:
    """Alice, who owns Acme, and Bob, who administers it."""
    acme.memberships.filter(user=bob).update(role=Role.ADMINISTRATOR)
    return acme.memberships.get(user=alice), acme.memberships.get(user=bob)


@pytest.fixture
def group(program: Caller, members: tuple[Membership, Membership]) -> dict[str, Any]:
    body = {"name": "Finance", "needed": 2, "people": [each.pk for each in members]}
    made = program.post("/v1/approver-groups", body)
    assert made.status_code == 201
    assert made["Location"] == f"/v1/approver-groups/{made.json()['id']}"
    return dict(made.json())


def code_of(response: Any, status: int) -> str:
    assert response.status_code == status, response.content
    return str(response.json()["code"])


def test_it_lists_who_may_answer(
    program: Caller, acme: Organization, charlie: User, members: tuple[Membership, Membership], at: datetime
) -> None:
    add_member(organization=acme, user=charlie, role=Role.LENDER, actor=system("tests"), at=at)
    items = program.get("/v1/approvers").json()["items"]
    assert [(each["membership"], each["role"]) for each in items] == [
        (members[0].pk, "owner"),
        (members[1].pk, "administrator"),
    ]
    assert items[0]["email"] == members[0].user.email


def test_a_group_is_made_read_changed_and_removed(program: Caller, group: dict[str, Any]) -> None:
    place = f"/v1/approver-groups/{group['id']}"
    assert program.get("/v1/approver-groups").json()["items"] == [group] == [program.get(place).json()]
    changed = program.send("PATCH", place, {"needed": 1}).json()
    assert changed == {**group, "needed": 1}
    assert program.send("PATCH", place, {"name": "Money", "people": group["people"][:1]}).json()["name"] == "Money"
    assert ApproverGroup.objects.get().seats.count() == 1
    assert program.send("DELETE", place).status_code == 204
    assert code_of(program.get(place), 404) == "not_found"
    actors = Event.objects.filter(subject=group["id"]).values_list("actor", flat=True)
    assert list(actors) == [str(Actor(ActorKind.SERVICE_KEY, program.key.pk))] * 4


@pytest.mark.parametrize(
    "wish",
    [{"needed": 3}, {"people": ["mem_unknown"]}, {"name": "Fin\u0007ance"}, {"name": "a\u202eb"}],
)
def test_a_group_that_could_never_answer_is_refused(
    program: Caller, group: dict[str, Any], wish: dict[str, Any]
) -> None:
    place = f"/v1/approver-groups/{group['id']}"
    assert code_of(program.send("PATCH", place, wish), 422) == "approver_group_invalid"
    assert program.get(place).json() == group


@pytest.mark.parametrize(
    "wish", [{}, {"name": "X"}, {"name": "X", "needed": "1", "people": ["a"]}, {"name": "X", "needed": 1, "people": []}]
)
def test_a_body_of_another_shape_is_refused(program: Caller, wish: dict[str, Any]) -> None:
    assert code_of(program.post("/v1/approver-groups", wish), 422) == "invalid_input"
    assert not ApproverGroup.objects.exists()


def test_an_idempotency_key_makes_one_group(program: Caller, members: tuple[Membership, Membership]) -> None:
    body = {"name": "Finance", "needed": 1, "people": [members[0].pk]}
    first, again = (program.post("/v1/approver-groups", body, Idempotency_Key="once") for _ in range(2))
    assert first.json() == again.json()
    assert ApproverGroup.objects.count() == 1


def test_an_absence_is_set_listed_and_ended(
    program: Caller, members: tuple[Membership, Membership], at: datetime
) -> None:
    alice, bob = members
    body = {"membership": alice.pk, "stand_in": bob.pk, "ends_at": rfc3339(at + timedelta(days=3))}
    made = program.post("/v1/absences", body)
    assert made.status_code == 201
    place = made["Location"]
    assert program.get("/v1/absences").json()["items"] == [made.json()] == [program.get(place).json()]
    assert Absence.objects.get().is_now(at + timedelta(minutes=1))
    assert code_of(program.post("/v1/absences", body), 409) == "absence_overlaps"
    assert [program.send("DELETE", place).status_code for _ in range(2)] == [204, 204]
    assert program.get("/v1/absences").json()["items"] == []
    assert program.get(place).json()["ended_at"] is not None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"stand_in": "mem_unknown"}, "stand_in"),
        ({"membership": "mem_unknown"}, "membership"),
        ({"stand_in": "herself"}, "stand_in"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"ends_at": "2999-01-01T00:00:00Z"}, "ends_at"),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused(
    program: Caller, members: tuple[Membership, Membership], at: datetime, change: dict[str, str], field: str
) -> None:
    alice, bob = members
    body = {"membership": alice.pk, "stand_in": bob.pk, "ends_at": rfc3339(at + timedelta(days=3))} | change
    body = {name: alice.pk if value == "herself" else value for name, value in body.items()}
    refused = program.post("/v1/absences", body)
    assert code_of(refused, 422) == "absence_invalid"
    assert refused.json()["errors"][0]["field"] == field


def test_strangers_find_nothing(
    stranger: Caller, program: Caller, group: dict[str, Any], members: tuple[Membership, Membership], at: datetime
) -> None:
    alice, bob = members
    body = {"membership": alice.pk, "stand_in": bob.pk, "ends_at": rfc3339(at + timedelta(days=3))}
    absence = program.post("/v1/absences", body)["Location"]
    for place in (f"/v1/approver-groups/{group['id']}", absence):
        assert code_of(stranger.get(place), 404) == "not_found"
        assert code_of(stranger.send("DELETE", place), 404) == "not_found"
    assert stranger.get("/v1/approver-groups").json()["items"] == stranger.get("/v1/absences").json()["items"] == []
    assert code_of(stranger.post("/v1/absences", body), 422) == "absence_invalid"


def test_it_needs_the_scope(reader: Caller, nobody: Caller) -> None:
    for path in ("/v1/approvers", "/v1/approver-groups", "/v1/absences"):
        assert (reader.get(path).status_code, nobody.get(path).status_code) == (403, 401)


def test_only_an_owner_lets_a_program_do_it(
    acme: Organization, bob: User, members: tuple[Membership, Membership], at: datetime
) -> None:
    with pytest.raises(NotPermitted) as refusal:
        create_service_key(
            organization=acme,
            name="Directory",
            scopes=[SCOPES.APPROVERS_WRITE],
            expires_at=None,
            actor=Actor(ActorKind.USER, bob.pk),
            at=at,
            created_by=bob,
        )
    assert refusal.value.code == "scope_beyond_role"
