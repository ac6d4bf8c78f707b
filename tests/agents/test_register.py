"""Entering the register."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.agents import capacity
from identity.agents.models import Agent, VerificationMethod
from identity.agents.register import register_agent, update_agent
from identity.journal.models import Event
from identity.primitives.errors import AttornError, Conflict, Gone, InvalidInput, NotFound
from identity.primitives.multikey import AGENT_KEY_ALGORITHMS, PrivateKey


@pytest.mark.parametrize("algorithm", AGENT_KEY_ALGORITHMS)
def test_it_registers_an_agent_whose_key_signed_the_challenge(acme, prove, by_alice, at, algorithm):
    key = PrivateKey.generate(algorithm)
    agent = register_agent(
        organization=acme,
        **prove(acme, key, "register"),
        display_name="  Concierge ",
        capabilities=["book-flights", "answer", "answer"],
        homepage="https://acme.example/concierge",
        actor=by_alice,
        at=at,
    )
    agent.refresh_from_db()
    assert agent.did == f"did:web:localhost%3A8000:agents:{agent.pk}"
    assert (agent.status, agent.kind, agent.display_name) == ("active", "hosted", "Concierge")
    assert agent.capabilities == ["answer", "book-flights"]
    method = agent.verification_methods.get()
    assert (method.fragment, method.multikey) == ("key-1", key.public_key.multikey)
    event = Event.objects.get(subject=agent.pk)
    assert (event.kind, event.actor, event.organization) == ("agent.registered", str(by_alice), acme.pk)
    assert event.payload == {"did": agent.did, "thumbprint": key.public_key.thumbprint()}


def test_it_refuses_a_replayed_challenge(acme, prove, by_alice, at):
    proof = prove(acme, PrivateKey.generate(), "register")
    register_agent(organization=acme, **proof, display_name="One", actor=by_alice, at=at)
    with pytest.raises(Conflict) as refusal:
        register_agent(organization=acme, **proof, display_name="Two", actor=by_alice, at=at)
    assert refusal.value.code == "challenge_already_used"
    assert Agent.objects.count() == 1


def test_it_refuses_the_challenge_of_another_organization(acme, charlie, prove, by_alice, at):
    from identity.accounts.organizations import personal_organization

    proof = prove(acme, PrivateKey.generate(), "register")
    with pytest.raises(NotFound) as refusal:
        register_agent(
            organization=personal_organization(charlie, at), **proof, display_name="Mine", actor=by_alice, at=at
        )
    assert refusal.value.code == "challenge_not_found"


def test_it_refuses_a_challenge_that_has_expired(acme, prove, by_alice, at):
    proof = prove(acme, PrivateKey.generate(), "register")
    with pytest.raises(Gone) as refusal:
        register_agent(organization=acme, **proof, display_name="Late", actor=by_alice, at=at + timedelta(seconds=600))
    assert refusal.value.code == "challenge_expired"


def test_it_refuses_the_signature_of_another_key(acme, prove, by_alice, at):
    proof = prove(acme, PrivateKey.generate(), "register")
    proof["signature"] = PrivateKey.generate().sign(b"something")
    with pytest.raises(InvalidInput) as refusal:
        register_agent(organization=acme, **proof, display_name="Swapped", actor=by_alice, at=at)
    assert refusal.value.code == "signature_invalid"


def test_it_keeps_a_challenge_usable_after_a_wrong_signature(acme, prove, by_alice, at):
    proof = prove(acme, PrivateKey.generate(), "register")
    with pytest.raises(InvalidInput):
        register_agent(
            organization=acme,
            challenge_id=proof["challenge_id"],
            signature=bytes(64),
            display_name="A",
            actor=by_alice,
            at=at,
        )
    assert register_agent(organization=acme, **proof, display_name="A", actor=by_alice, at=at).status == "active"


def test_it_refuses_a_challenge_made_for_another_purpose(acme, make_agent, prove, by_alice, at):
    proof = prove(acme, PrivateKey.generate(), "key", make_agent(acme))
    with pytest.raises(InvalidInput) as refusal:
        register_agent(organization=acme, **proof, display_name="Other", actor=by_alice, at=at)
    assert refusal.value.code == "challenge_purpose"


def test_it_never_takes_a_key_twice_not_even_one_of_an_ended_agent(acme, make_agent, prove, by_alice, at):
    from identity.agents.lifecycle import DeactivationReason, deactivate

    key = PrivateKey.generate()
    agent = make_agent(acme, private_key=key)
    deactivate(agent=agent, reason=DeactivationReason.UNSPECIFIED, actor=by_alice, at=at)
    with pytest.raises(Conflict) as refusal:
        prove(acme, key, "register")
    assert refusal.value.code == "key_already_registered"


def test_it_refuses_a_key_that_was_registered_after_its_challenge_was_made(acme, prove, by_alice, at):
    key = PrivateKey.generate()
    first, second = prove(acme, key, "register"), prove(acme, key, "register")
    register_agent(organization=acme, **first, display_name="One", actor=by_alice, at=at)
    with pytest.raises(Conflict) as refusal:
        register_agent(organization=acme, **second, display_name="Two", actor=by_alice, at=at)
    assert refusal.value.code == "key_already_registered"
    assert VerificationMethod.objects.count() == 1


def test_it_refuses_more_agents_than_the_limit(acme, make_agent, monkeypatch):
    monkeypatch.setattr(capacity, "AGENTS_PER_ORGANIZATION_MAX", 1)
    make_agent(acme)
    with pytest.raises(Conflict) as refusal:
        make_agent(acme)
    assert refusal.value.code == "too_many_agents"


def test_it_records_only_what_changed(acme, make_agent, by_alice, at):
    agent = make_agent(acme, description="Books trips.")
    update_agent(agent=agent, display_name="Butler", description="Books trips.", actor=by_alice, at=at)
    assert Event.objects.get(kind="agent.changed").payload == {"fields": ["display_name"]}
    update_agent(agent=agent, display_name="Butler", actor=by_alice, at=at)
    assert Event.objects.filter(kind="agent.changed").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("display_name", ""),
        ("display_name", "x" * 121),
        ("display_name", "Acme\u202egnp.exe"),
        ("display_name", "two\nlines"),
        ("display_name", "zero\u200bwidth"),
        ("description", "x" * 2001),
        ("description", "a\u202eb"),
        ("capabilities", ["Book"]),
        ("capabilities", ["book flights"]),
        ("capabilities", ["-book"]),
        ("capabilities", ["x" * 65]),
        ("capabilities", [f"c{number}" for number in range(33)]),
        ("homepage", "http://acme.example"),
        ("homepage", "javascript:alert(1)"),
        ("homepage", "https://bank.example@evil.example/"),
        ("homepage", "https://acme.example/a b"),
        ("homepage", "https://localhost"),
        ("homepage", "https://[::1"),
        ("homepage", "https://acme.example/" + "x" * 500),
    ],
)
def test_it_refuses_a_profile_that_could_deceive(acme, make_agent, by_alice, at, field, value):
    agent = make_agent(acme)
    with pytest.raises(AttornError) as refusal:
        update_agent(agent=agent, **{field: value}, actor=by_alice, at=at)
    assert (refusal.value.code, refusal.value.field) == (f"{field}_invalid", field)


def test_it_takes_a_description_in_any_script(acme, make_agent):
    assert make_agent(acme, description="می‌خواهم\nسفر رزرو کنم 👩‍🚀").description.endswith("👩‍🚀")
