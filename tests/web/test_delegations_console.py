"""Lending authority in the console: the guided form, consent by passkey over the words shown, stopping it."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from identity.accounts.consent import relying_party_origin
from identity.delegation.chain import relying_party
from identity.delegation.link import read_link
from identity.delegation.models import Delegation, DelegationDraft, PrincipalFreeze
from identity.delegation.proof import consent_refusal
from tests.passkeys import PRESENT, SoftPasskey

FORM = {
    "currency": "EUR",
    "total": "500",
    "per_purchase": "100,00",
    "per_month": "300.00",
    "timezone": "Europe/Berlin",
    "ask_above": "25",
    "ask_new_vendor": "on",
    "countries": "de, fr",
    "max_further_depth": "1",
    "days": "30",
}


@pytest.fixture
def agent(acme: Any, make_agent: Any) -> Any:
    return make_agent(acme, "Planner")


@pytest.fixture
def passkey(alice: Any) -> SoftPasskey:
    return SoftPasskey(origin=relying_party_origin()).add_to(alice)


@pytest.fixture
def browser(client: Client, alice: Any) -> Client:
    client.force_login(alice)
    return client


def drafted(browser: Client, acme: Any, agent: Any, **changes: str) -> str:
    """Send the guided form; the address of the page to confirm on."""
    response = browser.post(f"/console/{acme.pk}/delegations/new/", {**FORM, "agent": agent.did, **changes})
    assert response.status_code == 302, response.content.decode()
    return str(response["Location"])


def challenge_on(page: str) -> str:
    data = re.search(r'<script id="consent_options" type="application/json">(.*?)</script>', page)
    assert data is not None
    return str(json.loads(html.unescape(data[1]))["challenge"])


def lend(browser: Client, acme: Any, agent: Any, passkey: SoftPasskey) -> Delegation:
    address = drafted(browser, acme, agent)
    challenge = challenge_on(browser.get(address).content.decode())
    response = browser.post(address, {"consent": passkey.answer(challenge)})
    assert response.status_code == 302, response.content.decode()
    return Delegation.objects.get()


def test_it_lends_what_was_shown_and_keeps_the_passkeys_signature(
    browser: Client, acme: Any, agent: Any, passkey: SoftPasskey
) -> None:
    delegation = lend(browser, acme, agent, passkey)

    page = browser.get(f"/console/{acme.pk}/delegations/{delegation.pk}/").content.decode()
    assert "500.00 EUR in total" in page
    assert "300.00 EUR in each calendar month (Europe/Berlin)" in page
    link = read_link(json.loads(bytes(delegation.credential)))
    rp_id, origins = relying_party(link.place.ledger)
    assert consent_refusal(link, rp_id=rp_id, origins=origins) is None
    assert [claim["type"] for claim in delegation.constraints] == [
        "total",
        "per_transaction",
        "per_period",
        "countries",
        "step_up",
    ]
    assert "Alice" not in bytes(delegation.credential).decode()


def test_a_second_click_lends_nothing_twice(browser: Client, acme: Any, agent: Any, passkey: SoftPasskey) -> None:
    address = drafted(browser, acme, agent)
    answer = {"consent": passkey.answer(challenge_on(browser.get(address).content.decode()))}
    first, second = browser.post(address, answer), browser.post(address, answer)

    assert first["Location"] == second["Location"]
    assert Delegation.objects.count() == 1


@pytest.mark.parametrize("posted", [{}, {"consent": "{}"}, {"by_sign_in": "1"}, {"consent": "x" * 20_000}])
def test_it_lends_nothing_without_consent(
    browser: Client, acme: Any, agent: Any, passkey: SoftPasskey, posted: dict[str, str]
) -> None:
    address = drafted(browser, acme, agent)
    response = browser.post(address, posted)
    assert response.status_code == 422
    assert not Delegation.objects.exists()


def test_it_refuses_a_passkey_that_did_not_ask_for_its_owner(
    browser: Client, acme: Any, agent: Any, passkey: SoftPasskey
) -> None:
    address = drafted(browser, acme, agent)
    challenge = challenge_on(browser.get(address).content.decode())
    response = browser.post(address, {"consent": passkey.answer(challenge, flags=PRESENT)})
    assert response.status_code == 422
    assert not Delegation.objects.exists()


def test_consent_to_one_draft_is_no_consent_to_another(
    browser: Client, acme: Any, agent: Any, passkey: SoftPasskey
) -> None:
    small, large = drafted(browser, acme, agent), drafted(browser, acme, agent, total="50000")
    answer = passkey.answer(challenge_on(browser.get(small).content.decode()))
    assert browser.post(large, {"consent": answer}).status_code == 422
    assert not Delegation.objects.exists()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("total", "0"),
        ("total", "-5"),
        ("total", "1e3"),
        ("total", "1.000,00"),
        ("total", "10.001"),
        ("per_purchase", "ten"),
        ("timezone", "Berlin"),
        ("countries", "Germany"),
        ("categories", "57"),
        ("agent", "nobody.nowhere"),
        ("agent", "../etc"),
    ],
)
def test_it_says_at_the_field_what_is_wrong(browser: Client, acme: Any, agent: Any, field: str, text: str) -> None:
    response = browser.post(f"/console/{acme.pk}/delegations/new/", {**FORM, "agent": agent.did, field: text})
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not DelegationDraft.objects.exists()


def test_yen_have_no_decimal_places(browser: Client, acme: Any, agent: Any) -> None:
    yen = {"currency": "JPY", "total": "5000", "per_purchase": "", "per_month": "", "ask_above": ""}
    drafted(browser, acme, agent, **yen)
    limits = DelegationDraft.objects.get().document["credentialSubject"]["limits"]
    assert (limits[0]["amount"], limits[0]["exponent"]) == (5000, 0)


def test_it_pauses_resumes_and_revokes(browser: Client, acme: Any, agent: Any, passkey: SoftPasskey) -> None:
    delegation = lend(browser, acme, agent, passkey)
    place = f"/console/{acme.pk}/delegations/{delegation.pk}/"

    browser.post(f"{place}suspend/")
    assert "It is paused: nothing is authorized" in browser.get(place).content.decode()
    browser.post(f"{place}resume/")
    assert "It is paused: nothing is authorized" not in browser.get(place).content.decode()
    assert "It was not passed on to anybody." in browser.get(f"{place}revoke/").content.decode()
    browser.post(f"{place}revoke/", {"reason": "misuse"})
    delegation.refresh_from_db()
    assert (delegation.status, delegation.status_reason) == ("revoked", "misuse")
    assert "Change or stop it" not in browser.get(place).content.decode()


def test_one_tap_pauses_everything_and_going_on_needs_consent(
    browser: Client, acme: Any, agent: Any, passkey: SoftPasskey
) -> None:
    lend(browser, acme, agent, passkey)
    place = f"/console/{acme.pk}/delegations/"

    browser.post(f"{place}pause/")
    assert "Everything is paused." in browser.get(place).content.decode()
    assert browser.post(f"{place}resume/").status_code == 422
    assert PrincipalFreeze.objects.exists()
    challenge = challenge_on(browser.get(f"{place}resume/").content.decode())
    browser.post(f"{place}resume/", {"consent": passkey.answer(challenge)})
    assert not PrincipalFreeze.objects.exists()


def test_an_assertion_for_one_pause_does_not_lift_the_next(
    browser: Client, acme: Any, agent: Any, passkey: SoftPasskey
) -> None:
    place = f"/console/{acme.pk}/delegations/"
    browser.post(f"{place}pause/")
    answer = {"consent": passkey.answer(challenge_on(browser.get(f"{place}resume/").content.decode()))}
    browser.post(f"{place}resume/", answer)
    browser.post(f"{place}pause/")
    assert browser.post(f"{place}resume/", answer).status_code == 422


def test_another_organization_sees_nothing(
    client: Client, acme: Any, agent: Any, browser: Client, passkey: SoftPasskey, charlie: Any, at: Any
) -> None:
    from identity.accounts.organizations import personal_organization

    delegation = lend(browser, acme, agent, passkey)
    own = personal_organization(charlie, at)
    client.force_login(charlie)
    for place in (acme.pk, own.pk):
        for rest in ("", "revoke/"):
            assert client.get(f"/console/{place}/delegations/{delegation.pk}/{rest}").status_code == 404
