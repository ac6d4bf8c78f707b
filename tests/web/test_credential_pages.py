"""An agent's credentials on the pages: issued, shown, paused, ended; and what a stranger sees of them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client

from identity.accounts.models import OrganizationKind
from identity.accounts.organizations import create_organization
from identity.credentials.checks import CredentialFormat
from identity.credentials.issue import issue_credential
from identity.credentials.lifecycle import revoke_credential, suspend_credential
from identity.credentials.models import Credential, CredentialKind, CredentialStatus
from identity.journal.actor import Actor, ActorKind, system
from identity.primitives.multikey import KeyAlgorithm
from registry.web.credential_view import CredentialView

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued(concierge, acme, alice, at):
    return issue_credential(agent=concierge, actor=Actor(ActorKind.USER, alice.pk), at=at)


def base(credential) -> str:
    return f"/console/{credential.organization_id}/agents/{credential.agent_id}/credentials/"


def page(client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.content
    return response.content.decode()


def test_it_lists_an_agents_credentials(issued, alice, signed_in):
    html = page(signed_in(alice), base(issued))

    assert "Who it is" in html
    assert "signed by the registry" in html
    assert issued.pk in html


def test_it_says_what_a_credential_says_in_words(issued, concierge, alice, signed_in):
    html = page(signed_in(alice), f"{base(issued)}{issued.pk}/")

    for words in ("Concierge", concierge.did, "Answers for it · Name", "Acme", "assurance level", "may rely on"):
        assert words in html, words
    assert f"/c/{issued.pk}" in html
    assert 'class="qr"' in html
    assert f"/status/r/{issued.status_entry.status_list_id}" in html


def test_it_says_dates_as_people_do(issued, at):
    claims = {claim.words: claim.value for claim in CredentialView(issued, at).claims}
    assert claims["Registered"] == at.strftime("%-d %b %Y, %H:%M UTC")


def test_it_hands_over_the_very_bytes_that_were_signed(issued, alice, signed_in):
    for client, address in (
        (signed_in(alice), f"{base(issued)}{issued.pk}/document"),
        (Client(), f"/c/{issued.pk}/document"),
    ):
        response = client.get(address)
        assert response.content == bytes(issued.document)
        assert response["Content-Type"] == "application/vc"
        assert response["Content-Disposition"] == 'attachment; filename="concierge-identity.json"'


def test_a_file_name_leaves_no_header(issued):
    issued.agent.display_name = 'x"; filename=\r\nSet-Cookie: a=b;é'
    assert CredentialView(issued, issued.issued_at).file_name == "x-filename-set-cookie-a-b-identity.json"


@pytest.mark.parametrize("form", list(CredentialFormat))
def test_it_issues_in_every_form_and_reads_it_aloud(concierge, alice, signed_in, form):
    choice = {"kind": "identity", "format": form.value, "algorithm": KeyAlgorithm.ED25519.value, "days": "30"}
    client = signed_in(alice)

    response = client.post(f"/console/{concierge.organization_id}/agents/{concierge.pk}/credentials/issue/", choice)

    assert response.status_code == 302, response.content.decode()
    credential = Credential.objects.filter(agent=concierge, format=form.value).latest("id")
    assert timedelta(days=29) < credential.valid_until - credential.valid_from <= timedelta(days=30)
    html = page(client, f"{base(credential)}{credential.pk}/")
    assert concierge.did in html
    assert "Concierge" in html


def test_it_issues_a_statement_of_the_organization(concierge, alice, signed_in):
    address = f"/console/{concierge.organization_id}/agents/{concierge.pk}/credentials/issue/"
    choice = {"kind": "statement", "format": "data_integrity", "algorithm": KeyAlgorithm.ED25519.value, "days": "7"}
    client = signed_in(alice)

    empty = client.post(address, choice)
    assert empty.status_code == 422
    assert client.post(address, {**choice, "statement": "It may book travel for us."}).status_code == 302

    credential = Credential.objects.get(agent=concierge, kind=CredentialKind.STATEMENT)
    html = page(client, f"{base(credential)}{credential.pk}/")
    assert "It may book travel for us." in html
    assert "your organization" in html


def test_a_refusal_stands_on_the_form(concierge, alice, signed_in, suspend_concierge):
    suspend_concierge()
    address = f"/console/{concierge.organization_id}/agents/{concierge.pk}/credentials/issue/"
    choice = {"kind": "identity", "format": "data_integrity", "algorithm": KeyAlgorithm.ED25519.value, "days": "7"}

    response = signed_in(alice).post(address, choice)

    assert response.status_code == 422
    assert "suspended" in response.content.decode()


def test_it_suspends_reinstates_and_revokes_after_showing_what_that_reaches(issued, alice, signed_in):
    client, one = signed_in(alice), f"{base(issued)}{issued.pk}/"

    asked = page(client, f"{one}suspend/")
    assert "Others of this kind that go on counting" in asked
    assert "The agent has nothing else of this kind to show." in asked
    assert client.post(f"{one}suspend/", {"reason": "under_review"}).status_code == 302
    html = page(client, one)
    assert "Paused: do not rely on it" in html
    assert "under review" in html

    assert client.post(f"{one}reinstate/").status_code == 302
    assert "may rely on" in page(client, one)

    assert client.post(f"{one}revoke/", {"reason": "issued_by_mistake"}).status_code == 422
    assert client.post(f"{one}revoke/", {"reason": "issued_by_mistake", "understood": "on"}).status_code == 302
    html = page(client, one)
    assert "Ended for good" in html
    assert "issued by mistake" in html
    assert "revoke/" not in html
    issued.refresh_from_db()
    assert issued.status == CredentialStatus.REVOKED


def test_what_the_registry_suspended_is_not_offered_to_be_reinstated(issued, alice, at, signed_in):
    suspend_credential(credential=issued, reason="under_review", actor=system("tests"), at=at)
    html = page(signed_in(alice), f"{base(issued)}{issued.pk}/")

    assert "only the registry can reinstate it" in html
    assert "reinstate/" not in html


def test_anybody_may_check_it_at_its_own_address(issued, concierge, at):
    html = page(Client(), f"/c/{issued.pk}")

    assert "Checked just now: it counts" in html
    for words in ("Signature", "Revocation", "Dates", "Passed", "Concierge", "Acme"):
        assert words in html
    assert "Cache-Control" in Client().get(f"/c/{issued.pk}")

    revoke_credential(credential=issued, reason="key_compromised", actor=system("tests"), at=at)
    html = page(Client(), f"/c/{issued.pk}")
    assert "do not rely on it" in html
    assert "Failed" in html


def test_its_page_says_at_once_that_its_agent_is_suspended(issued, suspend_concierge):
    suspend_concierge()
    html = page(Client(), f"/c/{issued.pk}")

    assert "do not rely on it" in html
    assert "Suspended" in html


def test_the_agents_public_page_names_what_counts(issued, concierge_name, at):
    assert f"/c/{issued.pk}" in page(Client(), f"/a/{concierge_name.fqn}")

    revoke_credential(credential=issued, reason="key_compromised", actor=system("tests"), at=at)

    assert f"/c/{issued.pk}" not in page(Client(), f"/a/{concierge_name.fqn}")


def test_what_is_to_be_disclosed_claim_by_claim_has_no_public_page(concierge, concierge_name, alice, at, signed_in):
    credential = issue_credential(agent=concierge, format=CredentialFormat.SD_JWT_VC, actor=system("tests"), at=at)

    for address in (f"/c/{credential.pk}", f"/c/{credential.pk}/document", "/c/crd_nothing", "/c/x" * 30):
        assert Client().get(address).status_code == 404
    assert credential.pk not in page(Client(), f"/a/{concierge_name.fqn}")
    assert "This one has no public page" in page(signed_in(alice), f"{base(credential)}{credential.pk}/")


def test_an_organization_sees_only_its_own(issued, alice, charlie, mallory, at, signed_in):
    other = create_organization(
        name="Evil", kind=OrganizationKind.ORGANIZATION, owner=mallory, actor=system("tests"), at=at
    )
    one = f"{base(issued)}{issued.pk}/"
    elsewhere = one.replace(issued.organization_id, other.pk)

    for client in (signed_in(charlie), signed_in(mallory)):
        for address in (base(issued), one, f"{one}document", f"{one}suspend/", f"{one}revoke/", elsewhere):
            assert client.get(address).status_code == 404
        assert client.post(f"{one}revoke/", {"reason": "unspecified", "understood": "on"}).status_code == 404
    issued.refresh_from_db()
    assert issued.status == CredentialStatus.ACTIVE


def test_the_credential_in_the_page_is_readable(issued, alice, signed_in):
    view = CredentialView(issued, issued.issued_at)
    assert json.loads(view.pretty) == json.loads(issued.text)
