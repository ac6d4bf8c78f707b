"""A challenge works once, also when many hands use it at the same moment, on a real server with real locks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from identity.agents.models import Agent, VerificationMethod
from identity.agents.register import register_agent
from identity.journal.actor import system
from identity.journal.models import Event
from identity.primitives.errors import AttornError
from identity.primitives.multikey import PrivateKey

THREADS = 8

pytestmark = pytest.mark.django_db(transaction=True)


def register_at_once(organization, proofs, at):
    """What each of the threads got: "registered", or the code it was refused with."""
    barrier = Barrier(len(proofs))

    def attempt(proof):
        try:
            barrier.wait(timeout=20)
            register_agent(organization=organization, **proof, display_name="Racer", actor=system("tests"), at=at)
            return "registered"
        except AttornError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(proofs)) as pool:
        return sorted(pool.map(attempt, proofs))


def test_it_serves_one_of_many_uses_of_one_challenge(acme, prove, at):
    proof = prove(acme, PrivateKey.generate(), "register")
    outcomes = register_at_once(acme, [proof] * THREADS, at)
    assert outcomes == ["challenge_already_used"] * (THREADS - 1) + ["registered"]
    assert Agent.objects.count() == VerificationMethod.objects.count() == 1
    assert Event.objects.filter(kind="agent.registered").count() == 1


def test_it_gives_one_key_to_one_of_many_agents(acme, charlie, prove, at):
    """Two organizations cannot wait for each other's lock, so the unique thumbprint itself decides here."""
    from identity.accounts.organizations import personal_organization

    key = PrivateKey.generate()
    other = personal_organization(charlie, at)
    barrier = Barrier(2)

    def attempt(pair):
        organization, proof = pair
        try:
            barrier.wait(timeout=20)
            register_agent(organization=organization, **proof, display_name="Racer", actor=system("tests"), at=at)
            return "registered"
        except AttornError as refusal:
            return refusal.code
        finally:
            connection.close()

    pairs = [(organization, prove(organization, key, "register")) for organization in (acme, other)]
    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(attempt, pairs))
    assert outcomes == ["key_already_registered", "registered"]
    assert Agent.objects.count() == 1
