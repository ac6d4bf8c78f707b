"""Insurance and bonds by credential: believed of admitted insurers only, and only while their lists say so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.accounts.models import Organization
from identity.credentials.models import WatchSource
from identity.credentials.watch.attach import attach_credential
from identity.credentials.watch.checking import check_source
from identity.credentials.watch.watching import detach
from identity.journal.actor import system
from identity.journal.models import Event
from identity.spending.cover import COUNTS_FOR, follow_cover, follow_covers, read_cover
from identity.spending.models import AgentTerms
from tests.credentials.watch.conftest import issuer, server  # noqa: F401

from .conftest import TOTAL_500

pytestmark = pytest.mark.django_db
BY = system("tests")
INDEX = 4_711
# The insurer's own words get their meaning where they stand.
CONTEXT = ["https://www.w3.org/ns/credentials/v2", {"@vocab": "https://insurer.example/words#"}]
NO_PARTS = [
    {"issuer": 7},
    {"issuer": {}},
    {"id": None},
    {"id": ""},
    {"id": "u" * 301},
    {"type": "x"},
    {"credentialSubject": [1]},
]


def money(amount, **changes):
    return {"amount": amount, "currency": "EUR", "exponent": 2, **changes}


@pytest.fixture
def insure(issuer, buyer, settings, at):  # noqa: F811
    """An insurer's credential about the buyer, attached, its lists asked."""
    settings.INSURERS = [issuer.did]

    def make(amount=3_000, *, kind="InsuranceCredential", **claims):
        promise = {"bond": money(amount)} if kind == "BondCredential" else {"insuredUpTo": money(amount)}
        if kind == "InsuranceCredential":
            promise["coveredActions"] = ["/commerce"]
        subject = {"id": buyer.agent.did, **promise, **claims}
        claims = {"@context": CONTEXT, "type": ["VerifiableCredential", kind], "credentialSubject": subject}
        document = issuer.credential(buyer.agent.did, INDEX, at=at, **claims)
        credential = attach_credential(agent=buyer.agent, data=document, actor=BY, at=at)
        ask(at)
        return credential

    return make


def ask(at):
    for source in WatchSource.objects.order_by("pk"):
        check_source(source, at=at)


def terms_of(holder):
    return AgentTerms.objects.filter(pk=holder.agent.pk).first() or AgentTerms()


def test_an_insurers_credential_raises_the_ceiling(insure, issuer, shop, buyer, acme, grant, at):  # noqa: F811
    Organization.objects.filter(pk=acme.pk).update(assurance_level=0)
    leaf = grant(buyer, TOTAL_500)
    assert shop.spend(buyer, leaf).verdict == "declined"
    credential = insure()
    assert follow_covers(at=at) == 1
    decided = shop.spend(buyer, leaf)
    assert decided.verdict == "approved"
    assert decided.record["assurance"] == {
        "insured_up_to": money(3_000),
        "insurer": issuer.did,
        "certificate": credential.credential_id,
    }
    assert follow_covers(at=at) == 0
    assert Event.objects.filter(kind="agent.insurance_set").count() == 1


def test_a_bond_counts_alike(insure, buyer, at):
    insure(5_000, kind="BondCredential")
    follow_covers(at=at)
    assert (terms_of(buyer).bond, terms_of(buyer).insured_up_to) == (5_000, 0)


def test_nobody_is_an_insurer_who_was_not_admitted(insure, buyer, settings, at):
    insure()
    settings.INSURERS = ["did:web:another.example"]
    assert follow_covers(at=at) == 0
    assert not follow_cover(agent=buyer.agent, at=at)
    assert terms_of(buyer).insured_up_to == 0


def test_it_counts_no_more_once_the_insurer_withdraws_it(insure, issuer, buyer, at):  # noqa: F811
    insure()
    follow_covers(at=at)
    later = at + timedelta(minutes=5)
    issuer.set("revocation", INDEX)
    issuer.publish(at=later)
    ask(later)
    assert follow_covers(at=later) == 1
    assert (terms_of(buyer).insured_up_to, terms_of(buyer).insurer) == (0, "")


def test_it_counts_no_more_once_it_is_removed(insure, buyer, at):
    credential = insure()
    follow_covers(at=at)
    detach(credential=credential, actor=BY, at=at)
    assert follow_covers(at=at) == 1
    assert terms_of(buyer).insured_up_to == 0


def test_it_counts_for_an_hour_unless_it_is_read_again(insure, buyer, at):
    """Workers that stand still insure nobody for ever."""
    insure()
    follow_covers(at=at)
    assert terms_of(buyer).insured_until == at + COUNTS_FOR
    late = at + timedelta(minutes=40)
    assert follow_covers(at=late) == 1  # nobody asked the lists for so long: it is stale
    assert terms_of(buyer).insured_up_to == 0
    ask(late)
    assert follow_covers(at=late) == 1
    assert terms_of(buyer).insured_until == late + COUNTS_FOR
    soon = late + timedelta(minutes=10)
    ask(soon)
    assert follow_covers(at=soon) == 0
    much_later = late + timedelta(minutes=35)
    ask(much_later)
    assert follow_covers(at=much_later) == 1
    assert terms_of(buyer).insured_until == much_later + COUNTS_FOR
    assert Event.objects.filter(kind="agent.insurance_set").count() == 3  # on, off, on


def test_the_largest_counts(insure, buyer, at):
    for amount in (3_000, 9_000, 4_000):
        insure(amount)
    follow_covers(at=at)
    assert terms_of(buyer).insured_up_to == 9_000


@pytest.mark.parametrize(
    "claims",
    [
        {"insuredUpTo": None},
        {"insuredUpTo": 3_000},
        {"insuredUpTo": {"amount": 3_000, "currency": "EUR"}},
        {"insuredUpTo": money(3_000, exponent=0)},
        {"insuredUpTo": money(3_000, currency="USD")},
        {"insuredUpTo": money(-1)},
        {"insuredUpTo": money(0)},
        {"insuredUpTo": money(True)},
        {"coveredActions": "/commerce"},
        {"coveredActions": ["commerce"]},
        {"coveredActions": [7]},
        {"coveredActions": ["/a"] * 101},
        {"coveredActions": None},
    ],
)
def test_what_cannot_be_read_promises_nothing(claims, at):
    subject = {"id": "did:web:x", "insuredUpTo": money(3_000), "coveredActions": ["/commerce"], **claims}
    document = {"type": ["InsuranceCredential"], "issuer": "did:web:i", "id": "urn:1", "credentialSubject": subject}
    assert read_cover(document, until=at) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": 7},
        {"issuer": {}},
        {"id": None},
        {"id": ""},
        {"type": "x"},
        {"credentialSubject": [1]},
        {"id": "u" * 301},
    ],
)
def test_a_document_without_its_parts_promises_nothing(changes, at):
    subject = {"insuredUpTo": money(3_000), "coveredActions": ["/commerce"]}
    document = {"type": ["InsuranceCredential"], "issuer": "did:web:i", "id": "urn:1", "credentialSubject": subject}
    assert read_cover({**document, "issuer": {"id": "did:web:i"}}, until=at).by == "did:web:i"
    assert read_cover({**document, **changes}, until=at) is None
