"""Suspension is lifted by whoever imposed it, revocation by nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from identity.credentials.issue import issue_credential
from identity.credentials.lifecycle import reinstate_credential, revoke_credential, suspend_credential
from identity.credentials.models import Credential, EntryStatus, Standing
from identity.credentials.renewal import end_due, renew_due
from identity.credentials.status_lists import status_of
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.primitives.errors import Conflict, Gone, InvalidInput, NotPermitted

pytestmark = pytest.mark.django_db


def test_it_suspends_reinstates_and_revokes_and_says_so(agent, credential, by_alice, at):
    suspend_credential(credential=credential, reason="under_review", actor=by_alice, at=at)
    assert status_of(credential.status_entry, at=at) == EntryStatus.SUSPENDED
    reinstate_credential(credential=credential, actor=by_alice, at=at)
    assert status_of(credential.status_entry, at=at) == EntryStatus.ACTIVE
    revoke_credential(credential=credential, reason="key_compromised", actor=by_alice, at=at)
    assert status_of(credential.status_entry, at=at) == EntryStatus.REVOKED
    kinds = Event.objects.filter(subject=agent.pk, kind__startswith="credential.").order_by("written_order")
    assert [event.kind.partition(".")[2] for event in kinds] == ["issued", "suspended", "reinstated", "revoked"]


def test_it_never_brings_back_what_was_revoked(credential, by_alice, by_olga, at):
    revoke_credential(credential=credential, reason="unspecified", actor=by_alice, at=at)
    for change in (
        lambda: reinstate_credential(credential=credential, actor=by_olga, at=at),
        lambda: suspend_credential(credential=credential, reason="unspecified", actor=by_olga, at=at),
        lambda: revoke_credential(credential=credential, reason="unspecified", actor=by_olga, at=at),
    ):
        with pytest.raises(Gone) as refusal:
            change()
        assert refusal.value.code == "credential_revoked"


@pytest.mark.parametrize(
    "fields", [{"status": "active", "status_set_by": ""}, {"document": b"{}"}, {"digest": "0" * 64}]
)
def test_the_database_itself_refuses_to_lift_a_revocation_or_to_change_bytes(credential, by_alice, at, fields):
    revoke_credential(credential=credential, reason="unspecified", actor=by_alice, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Credential.objects.filter(pk=credential.pk).update(**fields)


def test_it_lets_an_organization_not_lift_what_the_registry_imposed(agent, credential, by_alice, by_olga, at):
    suspend_credential(credential=credential, reason="under_review", actor=by_alice, at=at)
    suspend_credential(credential=credential, reason="unspecified", actor=by_olga, at=at)
    with pytest.raises(NotPermitted) as refusal:
        reinstate_credential(credential=credential, actor=by_alice, at=at)
    assert refusal.value.code == "credential_suspended_by_registry"
    with pytest.raises(NotPermitted):
        issue_credential(agent=agent, actor=by_alice, at=at)
    reinstate_credential(credential=credential, actor=by_olga, at=at)
    assert issue_credential(agent=agent, actor=by_alice, at=at).standing(at) == Standing.ACTIVE


def test_it_gives_an_agent_no_say_over_its_own_papers(agent, credential, at):
    itself = Actor(ActorKind.AGENT, agent.pk)
    for change in (
        lambda: suspend_credential(credential=credential, reason="unspecified", actor=itself, at=at),
        lambda: reinstate_credential(credential=credential, actor=itself, at=at),
        lambda: revoke_credential(credential=credential, reason="unspecified", actor=itself, at=at),
    ):
        with pytest.raises(NotPermitted):
            change()


def test_it_wants_a_reason_that_it_knows(credential, by_alice, at):
    with pytest.raises(InvalidInput) as refusal:
        revoke_credential(credential=credential, reason="because", actor=by_alice, at=at)
    assert refusal.value.code == "credential_reason_unknown"


def test_it_reinstates_nothing_that_was_not_suspended(credential, by_alice, at):
    with pytest.raises(Conflict) as refusal:
        reinstate_credential(credential=credential, actor=by_alice, at=at)
    assert refusal.value.code == "credential_not_suspended"


def test_it_knows_every_standing(credential, at):
    assert credential.standing(at) == Standing.ACTIVE
    assert credential.standing(credential.valid_from - timedelta(seconds=1)) == Standing.NOT_YET_VALID
    assert credential.standing(credential.valid_until) == Standing.EXPIRED


def test_it_replaces_on_demand_and_ends_the_former(agent, credential, by_alice, at):
    fresh = issue_credential(agent=agent, former_ends_at=at + timedelta(hours=1), actor=by_alice, at=at)
    credential.refresh_from_db()
    assert (credential.standing(at), fresh.standing(at)) == (Standing.ACTIVE, Standing.ACTIVE)
    later = at + timedelta(hours=2)
    assert credential.standing(later) == Standing.REVOKED
    assert (end_due(at=later), end_due(at=later)) == (1, 0)
    assert status_of(credential.status_entry, at=later) == EntryStatus.REVOKED


def test_it_gives_papers_to_agents_of_old_once(agent, acme, make_agent, capsys):
    other = make_agent(acme, "Butler")
    call_command("identity_credentials")
    assert {credential.agent_id for credential in Credential.objects.all()} == {agent.pk, other.pk}
    call_command("identity_credentials")
    assert Credential.objects.count() == 2
    assert capsys.readouterr().out.splitlines()[-1].startswith("Done: 0 agents")


def test_it_renews_an_identity_before_it_ends_once(credential, at):
    assert renew_due(at=at) == 0
    nearly = credential.valid_until - timedelta(days=20)
    assert (renew_due(at=nearly), renew_due(at=nearly)) == (1, 0)
    credential.refresh_from_db()
    assert credential.ends_at == credential.valid_until
    assert credential.standing(nearly) == Standing.ACTIVE
