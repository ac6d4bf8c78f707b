"""The registry's own staff, and how far they say that an organization was verified."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from identity.accounts.assurance import set_assurance
from identity.accounts.legal_ids import canonical_legal_id
from identity.accounts.models import DeskRole, Organization, Role, User
from identity.accounts.organizations import add_member, update_organization
from identity.journal.actor import Actor, ActorKind, system
from identity.journal.models import Event
from identity.primitives.errors import AttornError, InvalidInput

pytestmark = pytest.mark.django_db
BY = system("tests")


def as_operator(user: User) -> Actor:
    return Actor(ActorKind.OPERATOR, user.pk)


def code_of(act) -> str:
    with pytest.raises(AttornError) as problem:
        act()
    return problem.value.code


def test_it_makes_lists_and_removes_operators_and_writes_it_down(charlie, capsys):
    call_command("operator", "add", charlie.email, "--role", "manager")
    charlie.refresh_from_db()
    assert charlie.desk_duty == DeskRole.MANAGER
    call_command("operator", "list")
    assert f"{charlie.email}\tmanager" in capsys.readouterr().out
    call_command("operator", "remove", charlie.email)
    charlie.refresh_from_db()
    assert charlie.desk_duty is None
    kinds = Event.objects.filter(subject=charlie.pk).order_by("written_order").values_list("kind", flat=True)
    assert list(kinds) == ["operator.added", "operator.removed"]


def test_it_makes_no_operator_of_somebody_who_never_signed_up(db):
    with pytest.raises(CommandError):
        call_command("operator", "add", "nobody@example.org")


def test_it_takes_staff_without_a_role_for_analysts_and_closed_logins_for_nobody(olga):
    assert olga.desk_duty == DeskRole.ANALYST
    olga.is_active = False
    assert olga.desk_duty is None


def test_it_raises_assurance_with_a_reason_in_the_journal(acme, olga, at):
    update_organization(organization=acme, legal_id="DE HRB 12345", actor=BY, at=at)
    change = {"organization": acme, "level": 2, "actor": as_operator(olga), "at": at}
    set_assurance(reason="Extract of the commercial register, 2026-11-20", **change)
    acme.refresh_from_db()
    assert acme.assurance_level == 2
    event = Event.objects.get(kind="organization.assurance_set")
    assert (event.payload["before"], event.payload["level"], event.actor) == (0, 2, str(as_operator(olga)))
    set_assurance(reason="Again", **change)
    assert Event.objects.filter(kind="organization.assurance_set").count() == 1


def test_it_verifies_nobody_in_particular(acme, olga, at):
    change = {"organization": acme, "reason": "Looked", "actor": as_operator(olga), "at": at}
    assert code_of(lambda: set_assurance(level=2, **change)) == "legal_id_required"
    assert code_of(lambda: set_assurance(level=4, **change)) == "assurance_level_invalid"
    assert code_of(lambda: set_assurance(level=1, **{**change, "reason": " "})) == "reason_required"


def test_it_is_the_operators_and_not_those_concerned_who_verify(acme, alice, olga, at):
    change = {"organization": acme, "level": 1, "reason": "Looked", "at": at}
    assert code_of(lambda: set_assurance(actor=Actor(ActorKind.USER, alice.pk), **change)) == "operators_only"
    assert code_of(lambda: set_assurance(actor=as_operator(alice), **change)) == "operators_only"
    add_member(organization=acme, user=olga, role=Role.MEMBER, actor=BY, at=at)
    assert code_of(lambda: set_assurance(actor=as_operator(olga), **change)) == "own_organization"


def test_it_lets_nobody_change_the_legal_id_that_was_verified(acme, at):
    Organization.objects.filter(pk=acme.pk).update(assurance_level=2, legal_id="DEHRB12345")
    change = {"organization": acme, "legal_id": "DEHRB99999", "actor": BY, "at": at}
    assert code_of(lambda: update_organization(**change)) == "legal_id_verified"
    update_organization(organization=acme, legal_id="DE-HRB 12345", name="Acme AG", actor=BY, at=at)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("de-hrb 123 45", "DEHRB12345"),
        ("529900T8BM49AURSDO55", "529900T8BM49AURSDO55"),
        ("ＤＥ１２３", "DE123"),
        ("  ", ""),
    ],
)
def test_it_has_one_form_of_a_legal_id(written, canonical):
    assert canonical_legal_id(written) == canonical


@pytest.mark.parametrize("written", ["abc", "DE§123", "D" * 41, "DE\u202e123"])
def test_it_takes_nothing_else_for_a_legal_id(written):
    with pytest.raises(InvalidInput):
        canonical_legal_id(written)
