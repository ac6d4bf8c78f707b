"""What a key is asked to sign."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.agents import challenges
from identity.agents.challenges import delete_expired_challenges, issue_challenge, signing_input
from identity.agents.models import Challenge, ChallengePurpose
from identity.journal.actor import system
from identity.primitives.canonical import canonicalize
from identity.primitives.errors import Conflict, InvalidInput, NotFound, TooMany
from identity.primitives.multikey import PrivateKey


def ask(organization, at, purpose="register", agent=None):
    return issue_challenge(
        organization=organization,
        purpose=ChallengePurpose(purpose),
        public_key=PrivateKey.generate().public_key,
        agent=agent,
        actor=system("tests"),
        at=at,
    )


def test_it_names_everything_the_signature_is_good_for(acme, at):
    challenge = ask(acme, at)
    document = challenge.document
    assert document["type"] == "AttornChallenge"
    assert document["registry"] == "did:web:localhost%3A8000"
    assert (document["purpose"], document["organization"], document["agent"]) == ("register", acme.pk, None)
    assert len(document["nonce"]) == 32
    assert challenge.expires_at == at + timedelta(minutes=10)
    assert signing_input(Challenge.objects.get()) == canonicalize(document)


def test_it_names_the_agent_for_a_key(acme, make_agent, at):
    agent = make_agent(acme)
    assert ask(acme, at, "key", agent).document["agent"] == agent.did


def test_it_never_gives_the_same_nonce_twice(acme, at):
    assert ask(acme, at).document["nonce"] != ask(acme, at).document["nonce"]


def test_it_refuses_too_many_open_ones_until_they_expire(acme, at, monkeypatch):
    monkeypatch.setattr(challenges, "OPEN_CHALLENGES_PER_ORGANIZATION_MAX", 2)
    ask(acme, at)
    ask(acme, at)
    with pytest.raises(TooMany) as refusal:
        ask(acme, at)
    assert refusal.value.code == "too_many_challenges"
    ask(acme, at + timedelta(minutes=10))


def test_it_refuses_an_agent_where_none_belongs(acme, make_agent, at):
    agent = make_agent(acme)
    for purpose, named in (("register", agent), ("key", None), ("claim", None)):
        with pytest.raises(InvalidInput):
            ask(acme, at, purpose, named)
    with pytest.raises(Conflict):
        ask(acme, at, "claim", agent)


def test_it_does_not_know_the_agents_of_others(acme, make_agent, charlie, at):
    from identity.accounts.organizations import personal_organization

    with pytest.raises(NotFound):
        ask(personal_organization(charlie, at), at, "key", make_agent(acme))


def test_it_forgets_what_nobody_can_use_any_more(acme, at):
    ask(acme, at)
    assert delete_expired_challenges(at=at + timedelta(minutes=69)) == 0
    assert delete_expired_challenges(at=at + timedelta(minutes=71)) == 1
