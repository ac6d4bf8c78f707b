"""The human's page for one purchase: what it shows, who may answer, and that an answer is hers and used once."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from identity.accounts.consent import relying_party_origin
from identity.delegation.models import Delegation
from identity.primitives.webauthn import consent_challenge, verify_assertion
from identity.spending.answers import displayed_text
from identity.spending.models import Approval, Elevation, Verdict
from tests.passkeys import SoftPasskey
from tests.spending.conftest import TOTAL_500, Holder, Shop

ASK_ABOVE_25 = {"type": "step_up", "when": {"amountOver": 2500, "currency": "EUR", "exponent": 2}}


@pytest.fixture
def link(grant: Callable[..., Delegation], buyer: Holder) -> Delegation:
    return grant(buyer, TOTAL_500, ASK_ABOVE_25)


@pytest.fixture
def asked(link: Delegation, buyer: Holder, shop: Shop) -> Approval:
    decided = shop.spend(buyer, link, 4000)
    assert decided.verdict == Verdict.STEP_UP_REQUIRED
    return Approval.objects.get()


@pytest.fixture
def passkey(alice: Any) -> SoftPasskey:
    return SoftPasskey(origin=relying_party_origin()).add_to(alice)


@pytest.fixture
def phone(client: Client, alice: Any, passkey: SoftPasskey) -> Client:
    client.force_login(alice)
    return client


def challenge_on(phone: Client, approval: Approval) -> str:
    page = phone.get(f"/approve/{approval.pk}").content.decode()
    data = re.search(r'<script id="consent_options" type="application/json">(.*?)</script>', page)
    assert data is not None
    return str(json.loads(html.unescape(data[1]))["challenge"])


def test_it_shows_the_purchase_from_verified_facts(phone: Client, asked: Approval) -> None:
    page = phone.get(f"/approve/{asked.pk}").content.decode()
    for words in (
        "40.00 EUR",
        "forty EUR",
        "Its legal entity is verified",
        "nordlicht.example",
        "Buyer",
        "above 25.00",
    ):
        assert words in page


def test_she_approves_once_and_the_purchase_goes_through_once(
    phone: Client, asked: Approval, passkey: SoftPasskey, buyer: Holder, link: Delegation, shop: Shop
) -> None:
    response = phone.post(f"/approve/{asked.pk}", {"consent": passkey.answer(challenge_on(phone, asked))})
    assert response.status_code == 302

    first = shop.spend(buyer, link, 4000, approval=asked.pk)
    second = shop.spend(buyer, link, 4000, approval=asked.pk)
    assert (first.verdict, second.verdict) == (Verdict.APPROVED, Verdict.DECLINED)
    assert Elevation.objects.get().consumed_by == first.authorization
    text = displayed_text(asked)
    challenge = consent_challenge(binding_digest=bytes.fromhex(asked.binding_digest), displayed_text=text)
    evidence = asked.votes.get().evidence
    assert evidence is not None
    origins = (relying_party_origin(),)
    assert (
        verify_assertion(evidence, challenge=challenge, displayed_text=text, rp_id="localhost", origins=origins) is None
    )


def test_the_same_answer_sent_twice_mints_one_right(phone: Client, asked: Approval, passkey: SoftPasskey) -> None:
    answer = {"consent": passkey.answer(challenge_on(phone, asked))}
    assert phone.post(f"/approve/{asked.pk}", answer).status_code == 302
    assert phone.post(f"/approve/{asked.pk}", answer).status_code == 409
    assert Elevation.objects.count() == 1


@pytest.mark.parametrize("posted", [{}, {"consent": "{}"}, {"by_sign_in": "1"}])
def test_an_open_session_alone_approves_nothing(phone: Client, asked: Approval, posted: dict[str, str]) -> None:
    assert phone.post(f"/approve/{asked.pk}", posted).status_code == 422
    assert not Elevation.objects.exists()


def test_an_answer_to_one_question_is_none_to_another(
    phone: Client, asked: Approval, passkey: SoftPasskey, buyer: Holder, link: Delegation, shop: Shop
) -> None:
    other = Approval.objects.get(pk=shop.spend(buyer, link, 5000).approval)
    answer = {"consent": passkey.answer(challenge_on(phone, asked))}
    assert phone.post(f"/approve/{other.pk}", answer).status_code == 422
    assert not Elevation.objects.exists()


def test_she_declines_without_a_passkey(
    phone: Client, asked: Approval, buyer: Holder, link: Delegation, shop: Shop
) -> None:
    assert phone.post(f"/approve/{asked.pk}", {"decline": "1"}).status_code == 302
    page = phone.get(f"/approve/{asked.pk}").content.decode()
    assert "Declined" in page
    assert "Approve once" not in page
    assert shop.spend(buyer, link, 4000).verdict == Verdict.DECLINED


def test_she_declines_and_pauses_the_agent(phone: Client, asked: Approval, link: Delegation) -> None:
    phone.post(f"/approve/{asked.pk}", {"pause": "1"})
    link.refresh_from_db()
    assert link.status == "suspended"


def test_strangers_and_the_agents_developer_are_told_nothing(
    client: Client, asked: Approval, bob: Any, charlie: Any
) -> None:
    for person in (bob, charlie):
        client.force_login(person)
        assert client.get(f"/approve/{asked.pk}").status_code == 404
        assert client.post(f"/approve/{asked.pk}", {"decline": "1"}).status_code == 404
    assert client.get("/approve/apr_00000000000000000000000000").status_code == 404
    asked.refresh_from_db()
    assert asked.state == "pending"


def test_questions_are_listed_until_they_are_answered(phone: Client, acme: Any, asked: Approval) -> None:
    place = f"/console/{acme.pk}/approvals/"
    assert "Waiting for you" in phone.get(place).content.decode()
    phone.post(f"/approve/{asked.pk}", {"decline": "1"})
    page = phone.get(place).content.decode()
    assert "Waiting for you" not in page
    assert "Answered" in page
