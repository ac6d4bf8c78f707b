"""Many hands on the same papers, with real threads on a real database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from identity.agents.lifecycle import SuspensionReason, reinstate, suspend
from identity.agents.models import SuspendedBy
from identity.credentials.following import follow_standing
from identity.credentials.issue import issue_credential
from identity.credentials.lifecycle import reinstate_credential, revoke_credential, suspend_credential
from identity.credentials.models import Credential, CredentialStatus, EntryStatus, TenantIssuer, TenantIssuerKey
from identity.credentials.status_lists import status_of
from identity.credentials.tenant_issuers import current_issuer
from identity.journal.actor import system
from identity.primitives.errors import AttornError

pytestmark = pytest.mark.django_db(transaction=True)
TESTS = system("tests")
HANDS = 6


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Let every act begin at the same moment; what each returned, or the refusal it met."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=20)
            return act()
        except AttornError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def agent(acme, make_agent):
    return make_agent(acme)


def test_it_leaves_one_identity_however_many_ask_for_one_at_once(agent, at):
    done = at_once(*[lambda: issue_credential(agent=agent, actor=TESTS, at=at)] * HANDS)
    assert all(isinstance(each, Credential) for each in done), done
    assert Credential.objects.exclude(status=CredentialStatus.REVOKED).count() == 1
    assert len({credential.status_entry_id for credential in Credential.objects.all()}) == HANDS


def test_it_revokes_once_whatever_else_happens_at_the_same_time(agent, at):
    credential = issue_credential(agent=agent, actor=TESTS, at=at)
    later = at + timedelta(seconds=1)
    by = {"credential": credential, "actor": TESTS, "at": later}
    at_once(
        *[lambda: revoke_credential(reason="unspecified", **by)] * 2,
        *[lambda: suspend_credential(reason="unspecified", **by)] * 2,
        *[lambda: reinstate_credential(**by)] * 2,
    )
    credential.refresh_from_db()
    assert credential.status == CredentialStatus.REVOKED
    assert status_of(credential.status_entry, at=later) == EntryStatus.REVOKED


def test_row_and_bit_agree_when_an_agent_is_paused_and_followed_at_once(agent, at):
    credential = issue_credential(agent=agent, actor=TESTS, at=at)

    def pause():
        suspend(agent=agent, reason=SuspensionReason.MAINTENANCE, by=SuspendedBy.CONTROLLER, actor=TESTS, at=at)

    def lift():
        reinstate(agent=agent, by=SuspendedBy.CONTROLLER, actor=TESTS, at=at)

    def read():
        from django.db import transaction

        with transaction.atomic():
            locked = type(agent).objects.select_for_update(no_key=True).get(pk=agent.pk)
            follow_standing(locked, at=at)

    for _ in range(4):
        at_once(pause, lift, read, read)
        read()
        credential.refresh_from_db()
        agent.refresh_from_db()
        expected = {"active": EntryStatus.ACTIVE, "suspended": EntryStatus.SUSPENDED}[agent.status]
        assert status_of(credential.status_entry, at=at) == expected
        assert credential.status == agent.status


def test_it_makes_one_issuer_for_an_organization_that_many_ask_at_once(acme, at):
    done = at_once(*[lambda: current_issuer(acme, actor=TESTS, at=at)] * HANDS)
    assert len({issuer.pk for issuer in done}) == 1
    assert TenantIssuer.objects.count() == TenantIssuerKey.objects.count() == 1
