"""Credentials follow their agent: bits are set and lifted with its standing, identities issued anew with its keys."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from identity.agents.keys import RevocationReason, add_key, revoke_key, rotate_key
from identity.agents.lifecycle import (
    DeactivationReason,
    SuspensionReason,
    deactivate,
    reinstate,
    suspend,
)
from identity.agents.models import SuspendedBy
from identity.agents.register import update_agent
from identity.credentials.lifecycle import suspend_credential
from identity.credentials.models import Credential, CredentialStatus, EntryStatus, Standing
from identity.journal.drain import reader_named
from identity.journal.models import Event
from identity.primitives.multikey import PrivateKey

pytestmark = pytest.mark.django_db


@pytest.fixture
def pause(agent, by_alice, at):
    def suspend_it():
        suspend(agent=agent, reason=SuspensionReason.MAINTENANCE, by=SuspendedBy.CONTROLLER, actor=by_alice, at=at)

    return suspend_it


def keys_in(credential):
    subject = json.loads(credential.text)["credentialSubject"]
    return [key["id"].rpartition("#")[2] for key in subject["verificationKey"]]


def bit(credential, at):
    credential.refresh_from_db()
    credential.status_entry.refresh_from_db()
    return credential.status_entry.status(at + timedelta(minutes=1))


def test_it_is_a_reader_of_the_journal():
    assert reader_named("credentials_follow").kinds >= {"agent.suspended", "agent.deactivated", "key.rotated"}


def test_it_suspends_and_reinstates_with_the_agent(agent, credential, pause, by_alice, at, catch_up):
    pause()
    catch_up()
    assert bit(credential, at) == EntryStatus.SUSPENDED
    reinstate(agent=agent, by=SuspendedBy.CONTROLLER, actor=by_alice, at=at)
    catch_up()
    assert bit(credential, at) == EntryStatus.ACTIVE
    assert credential.standing(at) == Standing.ACTIVE


def test_it_leaves_alone_what_somebody_suspended_by_hand(agent, credential, pause, by_alice, at, catch_up):
    suspend_credential(credential=credential, reason="under_review", actor=by_alice, at=at)
    pause()
    catch_up()
    reinstate(agent=agent, by=SuspendedBy.CONTROLLER, actor=by_alice, at=at)
    catch_up()
    assert bit(credential, at) == EntryStatus.SUSPENDED
    assert credential.status_reason == "under_review"


def test_it_ends_everything_with_the_agent(agent, credential, by_alice, at, catch_up):
    deactivate(agent=agent, reason=DeactivationReason.REPLACED, actor=by_alice, at=at)
    assert Credential.objects.get(pk=credential.pk).standing(at) == Standing.REVOKED
    catch_up()
    assert bit(credential, at) == EntryStatus.REVOKED


def test_it_issues_anew_when_a_key_is_rotated_and_keeps_the_former_through_the_overlap(
    agent, credential, prove, acme, by_alice, at, catch_up, identities
):
    proof = prove(acme, PrivateKey.generate(), "key", agent)
    rotate_key(agent=agent, retire_fragment="key-1", overlap_seconds=3600, actor=by_alice, at=at, **proof)
    catch_up()
    former, fresh = identities()
    assert keys_in(fresh) == ["key-1", "key-2"]
    assert former.standing(at + timedelta(minutes=59)) == Standing.ACTIVE
    assert former.standing(at + timedelta(minutes=61)) == Standing.REVOKED
    assert bit(former, at) == EntryStatus.ACTIVE
    assert fresh.standing(at + timedelta(minutes=61)) == Standing.ACTIVE


def test_it_ends_the_former_at_once_when_a_key_is_revoked(
    agent, credential, prove, acme, by_alice, at, catch_up, identities
):
    add_key(agent=agent, actor=by_alice, at=at, **prove(acme, PrivateKey.generate(), "key", agent))
    revoke_key(agent=agent, fragment="key-1", reason=RevocationReason.COMPROMISED, actor=by_alice, at=at)
    catch_up()
    fresh = identities()[-1]
    assert keys_in(fresh) == ["key-2"]
    assert fresh.standing(at + timedelta(seconds=2)) == Standing.ACTIVE


def test_it_leaves_an_agent_without_a_key_without_an_identity(agent, credential, by_alice, at, catch_up, identities):
    revoke_key(agent=agent, fragment="key-1", reason=RevocationReason.COMPROMISED, actor=by_alice, at=at)
    catch_up()
    assert [each.status for each in identities()] == [CredentialStatus.REVOKED]


def test_it_issues_anew_when_the_agent_is_called_otherwise_and_not_for_a_new_homepage(
    agent, credential, by_alice, at, catch_up, identities
):
    update_agent(agent=agent, homepage="https://acme.example/c", actor=by_alice, at=at)
    catch_up()
    assert len(identities()) == 1
    update_agent(agent=agent, display_name="Butler", actor=by_alice, at=at)
    catch_up()
    assert json.loads(identities()[-1].text)["credentialSubject"]["displayName"] == "Butler"


def test_it_never_lifts_a_suspension_by_issuing_anew(
    agent, credential, prove, acme, by_olga, by_alice, at, catch_up, identities
):
    suspend_credential(credential=credential, reason="under_review", actor=by_olga, at=at)
    proof = prove(acme, PrivateKey.generate(), "key", agent)
    rotate_key(agent=agent, retire_fragment="key-1", overlap_seconds=0, actor=by_alice, at=at, **proof)
    catch_up()
    fresh = identities()[-1]
    assert (fresh.status, fresh.status_set_by, fresh.status_reason) == ("suspended", "registry", "under_review")
    assert bit(fresh, at) == EntryStatus.SUSPENDED


def test_it_gives_a_suspended_agent_fresh_papers_only_as_suspended(
    agent, credential, pause, prove, acme, by_alice, at, catch_up, identities
):
    pause()
    proof = prove(acme, PrivateKey.generate(), "key", agent)
    rotate_key(agent=agent, retire_fragment="key-1", overlap_seconds=0, actor=by_alice, at=at, **proof)
    catch_up()
    assert [each.status for each in identities()] == ["revoked", "suspended"]
    reinstate(agent=agent, by=SuspendedBy.CONTROLLER, actor=by_alice, at=at)
    catch_up()
    assert [each.status for each in identities()] == ["revoked", "active"]


def test_it_does_nothing_twice(agent, credential, pause, prove, acme, by_alice, at, catch_up, identities):
    proof = prove(acme, PrivateKey.generate(), "key", agent)
    rotate_key(agent=agent, retire_fragment="key-1", overlap_seconds=60, actor=by_alice, at=at, **proof)
    pause()
    catch_up()
    written, rows = Event.objects.count(), [(each.pk, each.status, each.ends_at) for each in identities()]
    catch_up(at + timedelta(seconds=30))
    assert Event.objects.count() == written
    assert [(each.pk, each.status, each.ends_at) for each in identities()] == rows
