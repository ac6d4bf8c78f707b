"""What was withdrawn stops counting with the commit that withdraws it, in every format, however often it was believed
before: only the verdict on a signature is ever remembered."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.agents.lifecycle import SuspensionReason, suspend
from identity.agents.models import SuspendedBy
from identity.credentials.checks import CheckName, CredentialFormat, Outcome, Verification
from identity.credentials.issue import issue_credential
from identity.credentials.issuers import rotate_registry_key
from identity.credentials.lifecycle import reinstate_credential, revoke_credential, suspend_credential
from identity.credentials.models import Credential
from identity.credentials.verify import verify_credential
from identity.journal.actor import system

pytestmark = pytest.mark.django_db
REGISTRY = system("registry")
each_format = pytest.mark.parametrize("form", list(CredentialFormat), ids=str)


@pytest.fixture
def agent(acme: Any, make_agent: Callable[..., Any]) -> Any:
    return make_agent(acme)


@pytest.fixture
def issued(agent: Any, at: datetime) -> Callable[[CredentialFormat], Credential]:
    def issue(form: CredentialFormat) -> Credential:
        return issue_credential(agent=agent, format=form, actor=REGISTRY, at=at)

    return issue


def outcome(verification: Verification, name: CheckName) -> tuple[Outcome, str]:
    return next((check.outcome, check.code) for check in verification.checks if check.name is name)


@each_format
def test_a_revoked_credential_is_refused_in_every_format(
    form: CredentialFormat, issued: Callable[[CredentialFormat], Credential], at: datetime
) -> None:
    credential = issued(form)
    before = verify_credential(credential.text, at=at)
    assert before.is_verified, before.checks
    revoke_credential(credential=credential, reason="key_compromised", actor=REGISTRY, at=at)
    after = verify_credential(credential.text, at=at)
    assert not after.is_verified
    assert outcome(after, CheckName.STATUS) == (Outcome.FAILED, "revoked")


@each_format
def test_a_suspension_counts_while_it_lasts(
    form: CredentialFormat, issued: Callable[[CredentialFormat], Credential], at: datetime
) -> None:
    credential = issued(form)
    suspend_credential(credential=credential, reason="under_review", actor=REGISTRY, at=at)
    paused = verify_credential(credential.text, at=at)
    assert not paused.is_verified
    assert outcome(paused, CheckName.STATUS) == (Outcome.FAILED, "suspended")
    reinstate_credential(credential=credential, actor=REGISTRY, at=at)
    assert verify_credential(credential.text, at=at).is_verified


@each_format
def test_a_suspended_agents_papers_stop_counting_with_it(
    form: CredentialFormat, issued: Callable[[CredentialFormat], Credential], agent: Any, at: datetime
) -> None:
    """No reader of the journal has run: the online answer must not wait for one."""
    credential = issued(form)
    assert verify_credential(credential.text, at=at).is_verified
    suspend(agent=agent, reason=SuspensionReason.ABUSE_REPORTED, by=SuspendedBy.REGISTRY, actor=REGISTRY, at=at)
    assert not verify_credential(credential.text, at=at).is_verified


@each_format
def test_time_passes_for_what_was_believed(
    form: CredentialFormat, issued: Callable[[CredentialFormat], Credential], at: datetime
) -> None:
    credential = issued(form)
    assert verify_credential(credential.text, at=at).is_verified
    assert not verify_credential(credential.text, at=at + timedelta(days=400)).is_verified
    assert not verify_credential(credential.text, at=at - timedelta(days=400)).is_verified


@each_format
def test_a_stolen_key_of_the_registry_ends_what_it_signed(
    form: CredentialFormat, issued: Callable[[CredentialFormat], Credential], at: datetime
) -> None:
    credential = issued(form)
    assert verify_credential(credential.text, at=at).is_verified
    rotate_registry_key(compromised=True, actor=REGISTRY, at=at)
    assert not verify_credential(credential.text, at=at).is_verified


def test_the_place_of_another_in_the_list_is_not_borrowed(
    issued: Callable[[CredentialFormat], Credential], acme: Any, at: datetime
) -> None:
    """An organization signs its revoked statement anew, with the place of one that still counts."""
    from identity.credentials.models import CredentialKind
    from identity.credentials.proofs.data_integrity import add_proofs
    from identity.credentials.tenant_issuers import current_issuer, issuer_signer
    from identity.primitives.multikey import KeyAlgorithm

    good = issued(CredentialFormat.DATA_INTEGRITY)
    issuer = current_issuer(acme, actor=REGISTRY, at=at)
    statement = issue_credential(
        agent=good.agent,
        kind=CredentialKind.STATEMENT,
        statement="It books tables.",
        issuer=issuer,
        actor=REGISTRY,
        at=at,
    )
    revoke_credential(credential=statement, reason="issued_by_mistake", actor=REGISTRY, at=at)
    document = json.loads(statement.text)
    borrowed = {**document, "credentialStatus": json.loads(good.text)["credentialStatus"]}
    stripped = {name: value for name, value in document.items() if name != "credentialStatus"}
    signer = issuer_signer(issuer, KeyAlgorithm.ED25519, actor=REGISTRY, at=at)
    for forged in (document, borrowed, stripped):
        bare = {name: value for name, value in forged.items() if name != "proof"}
        answer = verify_credential(add_proofs(bare, signer=signer, created=at), at=at)
        assert not answer.is_verified, answer.checks
