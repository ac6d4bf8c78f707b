"""Adding, rotating and revoking an agent's keys."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.agents import enroll
from identity.agents.keys import RevocationReason, add_key, revoke_key, rotate_key
from identity.agents.lifecycle import DeactivationReason, SuspensionReason, deactivate, suspend
from identity.agents.models import SuspendedBy
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.primitives.errors import AttornError, Conflict, NotFound, NotPermitted
from identity.primitives.multikey import PrivateKey


@pytest.fixture
def rotate(acme, agent, prove, by_alice, at):
    def rotate(retire="key-1", overlap_seconds=86_400, when=at, actor=by_alice, private_key=None):
        proof = prove(acme, private_key or PrivateKey.generate(), "key", agent)
        return rotate_key(
            agent=agent, **proof, retire_fragment=retire, overlap_seconds=overlap_seconds, actor=actor, at=when
        )

    return rotate


@pytest.fixture
def revoke(agent, by_alice, at):
    def revoke(fragment="key-1", reason=RevocationReason.SUPERSEDED):
        return revoke_key(agent=agent, fragment=fragment, reason=reason, actor=by_alice, at=at)

    return revoke


def test_it_adds_a_key_beside_the_first(acme, agent, prove, by_alice, at):
    key = PrivateKey.generate()
    method = add_key(agent=agent, **prove(acme, key, "key", agent), actor=by_alice, at=at)
    assert (method.fragment, method.multikey) == ("key-2", key.public_key.multikey)
    assert all(key.is_valid(at) for key in agent.verification_methods.all())
    event = Event.objects.get(kind="key.added")
    assert event.payload == {"method": "key-2", "thumbprint": key.public_key.thumbprint()}


def test_it_keeps_the_old_key_for_the_overlap(agent, rotate, at):
    rotate(overlap_seconds=3600)
    old = agent.verification_methods.get(fragment="key-1")
    assert old.is_valid(at + timedelta(seconds=3599))
    assert not old.is_valid(at + timedelta(seconds=3600))
    assert Event.objects.get(kind="key.rotated").payload["retired"] == "key-1"


def test_it_ends_the_old_key_at_once_without_an_overlap(agent, rotate, at):
    rotate(overlap_seconds=0)
    assert not agent.verification_methods.get(fragment="key-1").is_valid(at)


@pytest.mark.parametrize("overlap_seconds", [-1, 2_592_001])
def test_it_refuses_an_overlap_out_of_range(rotate, overlap_seconds):
    with pytest.raises(AttornError) as refusal:
        rotate(overlap_seconds=overlap_seconds)
    assert refusal.value.code == "overlap_out_of_range"


def test_it_never_puts_off_the_end_of_a_retiring_key(agent, rotate, at):
    rotate(overlap_seconds=60)
    rotate(overlap_seconds=86_400)
    assert agent.verification_methods.get(fragment="key-1").valid_until == at + timedelta(seconds=60)
    rotate(overlap_seconds=10)
    assert agent.verification_methods.get(fragment="key-1").valid_until == at + timedelta(seconds=10)


def test_it_refuses_to_rotate_a_key_that_has_ended(rotate, at):
    rotate(overlap_seconds=0)
    with pytest.raises(Conflict) as refusal:
        rotate()
    assert refusal.value.code == "key_not_valid"


def test_it_refuses_to_rotate_a_key_it_does_not_have(rotate):
    with pytest.raises(NotFound) as refusal:
        rotate(retire="key-9")
    assert refusal.value.code == "key_not_found"


def test_it_keeps_the_old_key_when_the_new_one_proves_nothing(acme, agent, prove, by_alice, at):
    proof = prove(acme, PrivateKey.generate(), "key", agent)
    with pytest.raises(AttornError):
        rotate_key(
            agent=agent,
            challenge_id=proof["challenge_id"],
            signature=bytes(64),
            retire_fragment="key-1",
            actor=by_alice,
            at=at,
        )
    assert agent.verification_methods.get().valid_until is None


def test_it_refuses_the_challenge_of_another_agent(acme, agent, make_agent, prove, by_alice, at):
    proof = prove(acme, PrivateKey.generate(), "key", make_agent(acme))
    with pytest.raises(AttornError) as refusal:
        add_key(agent=agent, **proof, actor=by_alice, at=at)
    assert refusal.value.code == "challenge_purpose"


def test_it_holds_the_limit_of_valid_keys_but_not_of_past_ones(rotate, agent, acme, prove, by_alice, at, monkeypatch):
    monkeypatch.setattr(enroll, "KEYS_PER_AGENT_MAX", 2)
    rotate(overlap_seconds=0)
    rotate("key-2", overlap_seconds=60)
    with pytest.raises(Conflict) as refusal:
        add_key(agent=agent, **prove(acme, PrivateKey.generate(), "key", agent), actor=by_alice, at=at)
    assert refusal.value.code == "too_many_keys"


def test_it_lets_an_active_agent_rotate_its_own_key(agent, rotate):
    assert rotate(actor=Actor(ActorKind.AGENT, agent.pk)).fragment == "key-2"


def test_it_refuses_an_agent_while_one_of_its_keys_is_on_its_way_out(agent, rotate, at):
    by_itself = Actor(ActorKind.AGENT, agent.pk)
    rotate(overlap_seconds=60)
    with pytest.raises(NotPermitted) as refusal:
        rotate("key-2", actor=by_itself)
    assert refusal.value.code == "agent_may_not"
    assert rotate("key-2", actor=by_itself, when=at + timedelta(seconds=60)).fragment == "key-3"


def test_it_refuses_an_agent_that_adds_or_revokes_keys(acme, agent, prove, at):
    by_itself = Actor(ActorKind.AGENT, agent.pk)
    with pytest.raises(NotPermitted):
        add_key(agent=agent, **prove(acme, PrivateKey.generate(), "key", agent), actor=by_itself, at=at)
    with pytest.raises(NotPermitted):
        revoke_key(agent=agent, fragment="key-1", reason=RevocationReason.COMPROMISED, actor=by_itself, at=at)


def test_it_refuses_an_agent_the_keys_of_another(acme, rotate, make_agent):
    with pytest.raises(NotPermitted):
        rotate(actor=Actor(ActorKind.AGENT, make_agent(acme).pk))


def test_it_refuses_a_suspended_agent_but_not_its_organization(agent, rotate, by_alice, at):
    suspend(agent=agent, reason=SuspensionReason.KEY_COMPROMISED, by=SuspendedBy.CONTROLLER, actor=by_alice, at=at)
    with pytest.raises(NotPermitted):
        rotate(actor=Actor(ActorKind.AGENT, agent.pk))
    assert rotate().fragment == "key-2"


def test_it_revokes_a_key_for_ever_with_a_reason(agent, rotate, revoke, at):
    rotate()
    method = revoke(reason=RevocationReason.UNSPECIFIED)
    assert not method.is_valid(at)
    assert Event.objects.get(kind="key.revoked").payload == {"method": "key-1", "reason": "unspecified"}
    with pytest.raises(Conflict) as refusal:
        revoke()
    assert refusal.value.code == "key_already_revoked"


def test_it_keeps_the_last_current_key_unless_it_is_compromised(agent, rotate, revoke, at):
    rotate()
    with pytest.raises(Conflict) as refusal:
        revoke("key-2")
    assert refusal.value.code == "last_key", "the retiring first key does not count: it is on its way out"
    revoke("key-2", RevocationReason.COMPROMISED)
    revoke("key-1", RevocationReason.COMPROMISED)
    assert not any(key.is_valid(at) for key in agent.verification_methods.all())


def test_it_changes_nothing_of_an_ended_agent(agent, rotate, revoke, by_alice, at):
    deactivate(agent=agent, reason=DeactivationReason.REPLACED, actor=by_alice, at=at)
    for change in (rotate, revoke):
        with pytest.raises(AttornError) as refusal:
            change()
        assert refusal.value.code == "agent_deactivated"
