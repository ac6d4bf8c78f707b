"""Our own lists are read from their rows: a place belongs to one credential, and the answer is of this instant."""

from __future__ import annotations

import json

import pytest

from identity.credentials.checks import CheckName, CredentialFormat, VerifyOptions
from identity.credentials.issue import issue_credential
from identity.credentials.issue_document import issue_document
from identity.credentials.models import CredentialKind
from identity.credentials.prepared import prepare_statement
from identity.credentials.proofs.data_integrity import add_proofs
from identity.credentials.status_lists import allocate
from identity.credentials.tenant_issuers import current_issuer, issuer_signer
from identity.credentials.verify import verify_credential
from identity.journal.actor import system
from identity.primitives.ids import new_id
from identity.primitives.multikey import KeyAlgorithm

pytestmark = pytest.mark.django_db
TESTS = system("tests")


@pytest.fixture
def agent(acme, make_agent):
    return make_agent(acme)


@pytest.fixture
def issued(agent, at):
    credential = issue_credential(agent=agent, actor=TESTS, at=at)
    return json.loads(credential.text)


@pytest.fixture
def acme_signer(acme, at):
    return issuer_signer(current_issuer(acme, actor=TESTS, at=at), KeyAlgorithm.ED25519, actor=TESTS, at=at)


def status(verdict):
    check = verdict.check(CheckName.STATUS)
    return str(check.outcome), check.code


def resigned(document, signer, at, **changes):
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    return add_proofs({**unsecured, **changes}, signer=signer, created=at)


def test_it_takes_no_place_of_another_credential(acme, agent, acme_signer, at):
    """Mallory at Acme: her credential was revoked, so she signs it again with the place of one that still counts."""
    issuer = acme_signer.verification_method.partition("#")[0]

    def issue():
        document = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiableCredential"],
            "issuer": issuer,
            "credentialSubject": {"id": agent.did},
        }
        return json.loads(issue_document(organization=acme, document=document, actor=TESTS, at=at).text)

    mine, others = issue(), issue()
    forged = resigned(mine, acme_signer, at, credentialStatus=others["credentialStatus"])
    nameless = {name: value for name, value in forged.items() if name != "id"}
    for each in (forged, resigned(nameless, acme_signer, at)):
        assert status(verify_credential(each, at=at)) == ("failed", "status_place_of_another")


def test_it_takes_no_place_that_nobody_was_given(issued, acme_signer, at):
    entry = issued["credentialStatus"][0] | {"statusListIndex": "99999999"}
    forged = resigned(
        issued, acme_signer, at, issuer=acme_signer.verification_method.partition("#")[0], credentialStatus=[entry]
    )
    assert status(verify_credential(forged, at=at)) == ("failed", "status_place_unknown")


@pytest.mark.parametrize("index", ["-1", "1.5", "0x10", "1e3", "", "9" * 40, 7])
def test_it_refuses_a_place_that_is_no_number(issued, acme_signer, at, index):
    entry = issued["credentialStatus"][0] | {"statusListIndex": index}
    forged = resigned(
        issued, acme_signer, at, issuer=acme_signer.verification_method.partition("#")[0], credentialStatus=[entry]
    )
    verdict = verify_credential(forged, at=at)
    assert not verdict.is_verified


def test_it_does_not_pass_what_it_was_told_not_to_ask(issued, at):
    verdict = verify_credential(issued, at=at, options=VerifyOptions(check_status=False))
    assert (verdict.is_verified, status(verdict)) == (True, ("unknown", "status_not_asked"))


@pytest.mark.parametrize("form", list(CredentialFormat))
def test_it_wants_an_identity_to_be_shown_by_whom_it_is_about(agent, at, form):
    text = issue_credential(agent=agent, format=form, actor=TESTS, at=at).text
    own = verify_credential(text, at=at, options=VerifyOptions(expected_holder=agent.did))
    assert own.is_verified
    assert str(own.check(CheckName.HOLDER_BINDING).outcome) == "passed"
    thief = verify_credential(text, at=at, options=VerifyOptions(expected_holder="did:key:z6MkThief"))
    assert not thief.is_verified
    assert thief.check(CheckName.HOLDER_BINDING).code == "holder_mismatch"


def test_it_lets_a_statement_be_shown_by_another_unless_told_otherwise(agent, at):
    statement = issue_credential(
        agent=agent, kind=CredentialKind.STATEMENT, statement="May book flights.", actor=TESTS, at=at
    )
    shown = VerifyOptions(expected_holder="did:example:assistant")
    assert verify_credential(statement.text, at=at, options=shown).is_verified
    strict = VerifyOptions(expected_holder="did:example:assistant", is_holder_required=True)
    assert not verify_credential(statement.text, at=at, options=strict).is_verified


def test_it_takes_no_place_of_a_delegation_or_of_a_document_that_waits(acme, agent, acme_signer, issued, at):
    issuer = acme_signer.verification_method.partition("#")[0]
    delegation = allocate(purpose_subject=new_id("dlg"), at=at)
    waiting = prepare_statement(agent=agent, statement="Ours.", actor=TESTS, at=at)
    for entry in (delegation, waiting.status_entry):
        forged = resigned(issued, acme_signer, at, issuer=issuer, credentialStatus=entry.credential_status())
        assert status(verify_credential(forged, at=at)) == ("failed", "status_place_of_another")
    signed = add_proofs(waiting.document, signer=acme_signer, created=at)
    assert verify_credential(signed, at=at).is_verified
