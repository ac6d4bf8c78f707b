"""An organization's agents in the console, without script."""

from __future__ import annotations

import base64
import shlex

import pytest

from identity.agents.models import Agent, Challenge
from identity.journal.actor import system
from identity.primitives.multikey import AGENT_KEY_ALGORITHMS, PrivateKey
from registry.directory.models import Domain, Name
from registry.web.pages import agents as page

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(acme, alice, signed_in):
    """Alice's browser, and where Acme's agents are."""
    client = signed_in(alice)
    client.base = f"/console/{acme.pk}/agents/"
    return client


def prove(client, answer, private_key):
    """Follow to the page of the challenge and paste the signature it asks for."""
    assert answer.status_code == 302, answer.text
    shown = client.get(answer.headers["Location"])
    assert shown.status_code == 200
    signature = base64.encodebytes(private_key.sign(shown.context["signing_input"].encode())).decode()
    return client.post(answer.headers["Location"], {"signature": signature}, follow=True)


PROFILE = {"display_name": "Concierge", "capabilities": "book-flights, answer", "description": "Books.", "homepage": ""}


@pytest.mark.parametrize("algorithm", AGENT_KEY_ALGORITHMS)
def test_it_registers_an_agent_by_pasting(desk, algorithm):
    key = PrivateKey.generate(algorithm)
    answer = desk.post(f"{desk.base}register/", {**PROFILE, "public_key": key.public_key.to_pem()})
    done = prove(desk, answer, key)
    agent = Agent.objects.get()
    assert done.redirect_chain[-1][0] == f"{desk.base}{agent.pk}/"
    assert "Concierge is registered" in done.text
    assert (agent.display_name, agent.capabilities) == ("Concierge", ["answer", "book-flights"])


def test_it_registers_the_name_too_and_says_early_when_it_is_taken(desk, concierge_name):
    key = PrivateKey.generate()
    body = {**PROFILE, "public_key": key.public_key.multikey}
    taken = desk.post(f"{desk.base}register/", {**body, "name": "concierge.acme"})
    assert (taken.status_code, Challenge.objects.filter(document__public_key=key.public_key.multikey).count()) == (
        422,
        0,
    )
    assert "is taken" in taken.text
    prove(desk, desk.post(f"{desk.base}register/", {**body, "name": "butler.acme"}), key)
    assert Name.objects.get(fqn="butler.acme").agent.display_name == "Concierge"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"display_name": "a\u202eb"}, "cannot be seen"),
        ({"capabilities": "Not_A_Slug"}, "lower-case words"),
        ({"homepage": "http://acme.example"}, "https://"),
        ({"public_key": "nonsense"}, "Multikey"),
        ({"name": "concierge.others"}, "does not hold the zone"),
    ],
)
def test_it_says_beside_the_field_what_is_wrong(desk, change, words):
    body = {**PROFILE, "public_key": PrivateKey.generate().public_key.multikey, **change}
    answer = desk.post(f"{desk.base}register/", body)
    assert answer.status_code == 422
    assert words in answer.text
    assert Challenge.objects.count() == 0


def test_it_keeps_what_was_filled_in_when_the_signature_is_wrong(desk):
    body = {**PROFILE, "public_key": PrivateKey.generate().public_key.multikey}
    address = desk.post(f"{desk.base}register/", body).headers["Location"]
    wrong = desk.post(address, {"signature": base64.b64encode(bytes(64)).decode()})
    assert wrong.status_code == 422
    again = desk.get(wrong.context["again_url"])
    assert "Books." in again.text
    assert Agent.objects.count() == 0


def test_it_gives_a_script_the_text_to_sign(desk):
    body = {**PROFILE, "public_key": PrivateKey.generate().public_key.to_pem()}
    answer = desk.post(f"{desk.base}register/", body, headers={"Accept": "application/json"})
    assert set(answer.json()) == {"signing_input", "address"}


def test_it_does_not_finish_what_another_session_began(desk, acme, bob, signed_in):
    body = {**PROFILE, "public_key": PrivateKey.generate().public_key.multikey}
    address = desk.post(f"{desk.base}register/", body).headers["Location"]
    assert signed_in(bob).get(address).status_code == 404


@pytest.mark.parametrize("algorithm", AGENT_KEY_ALGORITHMS)
def test_it_shows_a_command_that_a_shell_reads_as_meant(desk, algorithm):
    body = {**PROFILE, "public_key": PrivateKey.generate(algorithm).public_key.multikey}
    shown = desk.get(desk.post(f"{desk.base}register/", body).headers["Location"])
    first = shown.context["command"].splitlines()[0]
    assert shlex.split(first)[2] == shown.context["signing_input"]


def test_it_lists_agents_with_names_by_status_and_page(desk, acme, make_agent, concierge, concierge_name, monkeypatch):
    monkeypatch.setattr(page, "AGENTS_SHOWN_MAX", 1)
    newer = make_agent(acme, "Newer")
    first = desk.get(desk.base)
    assert "Newer" in first.text
    assert "concierge.acme" not in first.text
    second = desk.get(first.context["next_url"])
    assert "concierge.acme" in second.text
    assert second.context["next_url"] == ""
    assert "None with this status" in desk.get(f"{desk.base}?status=suspended").text
    assert newer.pk in desk.get(f"{desk.base}?status=active&before=zzz").text


def test_it_invites_to_register_the_first(desk):
    assert "No agents yet" in desk.get(desk.base).text


def test_it_shows_an_agent_with_its_keys_and_names(desk, concierge, concierge_name):
    text = desk.get(f"{desk.base}{concierge.pk}/").text
    for words in (concierge.did, "concierge.acme", "#key-1", "Rotate", "Suspend…"):
        assert words in text


def test_it_adds_rotates_and_revokes_keys(desk, concierge):
    base = f"{desk.base}{concierge.pk}/"
    second, third = PrivateKey.generate(), PrivateKey.generate()
    prove(desk, desk.post(f"{base}keys/add/", {"public_key": second.public_key.multikey}), second)
    rotation = {"public_key": third.public_key.multikey, "overlap_seconds": "3600"}
    prove(desk, desk.post(f"{base}keys/key-1/rotate/", rotation), third)
    assert "2 other keys stay valid" in desk.get(f"{base}keys/key-2/revoke/").text
    done = desk.post(f"{base}keys/key-2/revoke/", {"reason": "superseded"}, follow=True)
    assert "key-2 is revoked" in done.text
    last = desk.post(f"{base}keys/key-3/revoke/", {"reason": "superseded"})
    assert (last.status_code, "last current key" in last.text) == (422, True)
    bare = desk.post(f"{base}keys/key-1/revoke/", {"reason": "compromised"}, follow=True)
    bare = desk.post(f"{base}keys/key-3/revoke/", {"reason": "compromised"}, follow=True)
    assert "This agent has no valid key" in bare.text


def test_it_counts_what_a_suspension_reaches_then_suspends_and_reinstates(desk, concierge, concierge_name):
    base = f"{desk.base}{concierge.pk}/"
    asked = desk.get(f"{base}suspend/")
    affected = asked.context["affected"]
    assert (affected.name_count, affected.record_count, affected.key_count) == (1, 1, 1)
    done = desk.post(f"{base}suspend/", {"reason": "maintenance"}, follow=True)
    assert "by your organization" in done.text
    assert "Active again." in desk.post(f"{base}reinstate/", follow=True).text


def test_it_cannot_reinstate_what_the_registry_suspended(desk, concierge, suspend_concierge):
    suspend_concierge("impersonation", by="registry")
    base = f"{desk.base}{concierge.pk}/"
    assert "only the registry can reinstate" in desk.get(base).text
    assert desk.post(f"{base}reinstate/").status_code == 403


def test_it_deactivates_only_after_a_clear_yes(desk, concierge):
    base = f"{desk.base}{concierge.pk}/"
    assert desk.post(f"{base}deactivate/", {"reason": "replaced"}).status_code == 422
    done = desk.post(f"{base}deactivate/", {"reason": "replaced", "understood": "on"}, follow=True)
    assert "Deactivated for good." in done.text
    assert "Rotate" not in done.text
    assert desk.post(f"{base}edit/", PROFILE).status_code == 410


def test_it_edits_what_the_agent_says_of_itself(desk, concierge):
    done = desk.post(f"{desk.base}{concierge.pk}/edit/", {**PROFILE, "display_name": "Butler"}, follow=True)
    assert "Butler" in done.text
    assert desk.post(f"{desk.base}{concierge.pk}/edit/", {**PROFILE, "display_name": ""}).status_code == 422


def test_it_claims_an_imported_agent_by_its_domain(desk, acme, unclaimed, at):
    base = f"{desk.base}claim/{unclaimed.agent_id}/"
    assert desk.get(f"/claim/{unclaimed.agent_id}/").headers["Location"] == base
    missing = desk.get(base).text
    assert "someone.github.io" in missing
    assert 'name="public_key"' not in missing
    Domain.objects.create(organization=acme, domain="someone.github.io", token="t", state="proven", proven_at=at)
    key = PrivateKey.generate()
    done = prove(desk, desk.post(base, {"public_key": key.public_key.multikey}), key)
    assert "your organization answers for it" in done.text
    assert Agent.objects.get().organization == acme


def test_it_offers_changes_only_to_those_who_may_make_them(acme, concierge, make_person, signed_in, at):
    from identity.accounts.organizations import add_member

    auditor = make_person("Dora")
    add_member(organization=acme, user=auditor, role="auditor", actor=system("tests"), at=at)
    client, base = signed_in(auditor), f"/console/{acme.pk}/agents/{concierge.pk}/"
    text = client.get(base).text
    for words in ("Rotate", "Suspend…", "Edit", "Add a key"):
        assert words not in text
    for rest in ("edit/", "suspend/", "deactivate/", "keys/add/", "keys/key-1/revoke/"):
        assert client.get(base + rest).status_code == 403
