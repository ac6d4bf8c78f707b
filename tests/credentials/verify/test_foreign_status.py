"""Credentials of other issuers: their lists are asked on every call, and what cannot be found out is said to be so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.credentials import foreign_dids
from identity.credentials.checks import CheckName, VerifyOptions
from identity.credentials.verify import verify_batch, verify_credential
from identity.primitives.errors import TooLarge
from tests.credentials.watch.foreign import Issuer, foreign_server

pytestmark = pytest.mark.django_db
SUBJECT = "did:example:subject"


@pytest.fixture
def server(settings):
    with foreign_server() as running:
        settings.FETCH_ALLOW_ADDRESSES = [running.address]
        foreign_dids.documents.forget()
        yield running


@pytest.fixture
def issuer(server, at):
    issuer = Issuer(server)
    issuer.publish(at=at)
    return issuer


def status(verdict):
    check = verdict.check(CheckName.STATUS)
    return str(check.outcome), check.code


@pytest.mark.parametrize(
    ("purpose", "said"), [("revocation", ("failed", "revoked")), ("suspension", ("failed", "suspended"))]
)
def test_it_reads_what_the_list_says_on_every_call(issuer, at, purpose, said):
    credential = issuer.credential(SUBJECT, 7, at=at)
    assert verify_credential(credential, at=at).is_verified
    issuer.set(purpose, 7)
    issuer.publish(at=at)
    verdict = verify_credential(credential, at=at)
    assert (verdict.is_verified, status(verdict)) == (False, said)
    issuer.clear(purpose, 7)
    issuer.publish(at=at)
    assert verify_credential(credential, at=at).is_verified


@pytest.mark.parametrize("mode", ["error", "garbage", "redirect"])
def test_it_calls_a_list_out_of_reach_unknown_and_fails_closed(issuer, server, at, mode):
    credential = issuer.credential(SUBJECT, 7, at=at)
    server.mode, server.redirect_to = mode, server.url("/revocation")
    verdict = verify_credential(credential, at=at)
    assert (verdict.is_verified, status(verdict)[0]) == (False, "unknown")
    lenient = verify_credential(credential, at=at, options=VerifyOptions(accept_unknown_status=True))
    assert (lenient.is_verified, status(lenient)[0]) == (True, "unknown")


def test_it_never_lets_an_unknown_list_hide_a_revocation(issuer, server, at):
    issuer.set("revocation", 7)
    issuer.publish(at=at)
    del server.bodies["/suspension"]
    verdict = verify_credential(
        issuer.credential(SUBJECT, 7, at=at), at=at, options=VerifyOptions(accept_unknown_status=True)
    )
    assert (verdict.is_verified, status(verdict)) == (False, ("failed", "revoked"))


def test_it_believes_no_list_of_yesterday(issuer, at):
    issuer.publish(at=at - timedelta(days=2), valid_for=timedelta(days=1))
    verdict = verify_credential(issuer.credential(SUBJECT, 7, at=at), at=at)
    assert status(verdict) == ("unknown", "status_list_expired")


def test_it_believes_no_list_that_another_signed(issuer, server, at):
    credential = issuer.credential(SUBJECT, 7, at=at)
    other = Issuer(server)
    other.publish(at=at)
    assert status(verify_credential(credential, at=at))[0] == "unknown"


def test_it_asks_for_a_list_once_a_batch(issuer, server, at):
    batch = [issuer.credential(SUBJECT, index, at=at) for index in range(100)]
    issuer.set("revocation", 3)
    issuer.publish(at=at)
    verdicts = verify_batch(batch, at=at)
    assert [index for index, verdict in enumerate(verdicts) if not verdict.is_verified] == [3]
    assert len(server.statuses("/revocation")) == len(server.statuses("/suspension")) == 1
    with pytest.raises(TooLarge):
        verify_batch([*batch, batch[0]], at=at)


def test_it_knocks_at_few_doors_for_one_request(issuer, server, at):
    """Eight lists at most are fetched; those beyond are unknown, so a batch cannot be made to scan a network."""
    batch = []
    for number in range(12):
        credential = issuer.credential(SUBJECT, 1, at=at)
        del credential["proof"]
        credential["credentialStatus"] = credential["credentialStatus"][0] | {
            "statusListCredential": server.url(f"/list-{number}")
        }
        batch.append(issuer.signed(credential, at=at))
    verify_batch(batch, at=at)
    assert len(server.asked) <= 8


def test_it_finds_the_key_of_a_did_web_and_says_when_it_cannot(server, at):
    issuer = Issuer(server, is_web=True)
    issuer.publish(at=at)
    credential = issuer.credential(SUBJECT, 7, at=at)
    assert verify_credential(credential, at=at).is_verified
    foreign_dids.documents.forget()
    server.mode = "error"
    verdict = verify_credential(credential, at=at)
    outcomes = {check.name: str(check.outcome) for check in verdict.checks}
    assert not verdict.is_verified
    assert (outcomes[CheckName.PROOF], outcomes[CheckName.ISSUER]) == ("unknown", "unknown")
