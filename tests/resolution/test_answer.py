"""What an answer says about an agent, its accountable party and its standing."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from identity.agents.lifecycle import deactivate, suspend
from identity.agents.models import Agent, AgentKind, AgentStatus, SuspendedBy
from identity.primitives.clock import now, rfc3339
from identity.primitives.did import did_key
from registry.directory.models import Name
from registry.resolution.resolve import resolve

pytestmark = pytest.mark.django_db


def test_it_says_who_the_agent_is_and_who_answers_for_it(listed):
    answer = listed.answer()

    assert answer["query"] == "concierge.acme"
    assert answer["rcode"] == "NOERROR"
    identity = answer["identity"]
    assert identity["did"] == listed.agent.did
    assert identity["names"] == ["concierge.acme"]
    assert identity["description"] == "Books tables."
    assert identity["also_known_as"] == [did_key(listed.private_key.public_key)]
    assert identity["records"] == [{"type": "A2A", "value": "https://acme.example/card.json", "ttl_seconds": 60}]
    (method,) = identity["verification_methods"]
    assert method["public_key_multibase"] == listed.private_key.public_key.multikey
    assert method["id"].startswith(f"{listed.agent.did}#")
    assert answer["accountable"]["name"] == "Acme"
    assert answer["accountable"]["country"] == "DE"
    assert answer["standing"]["status"] == "active"
    assert answer["standing"]["sanctions"] == {"state": "known", "items": []}
    assert answer["delegation"] == {"state": "none"}


def test_it_keeps_the_four_facts_apart(listed):
    evidence = listed.answer()["evidence"]

    assert evidence["registered"]["state"] == "yes"
    assert evidence["reachable"]["state"] == "unknown"
    assert evidence["verified"] == {"state": "yes", "method": "key_control"}
    assert evidence["in_good_standing"]["state"] == "yes"


def test_it_never_shows_an_unclaimed_agent_as_verified(listed):
    foreign = Agent(kind=AgentKind.FOREIGN, status=AgentStatus.UNCLAIMED, display_name="Found elsewhere")
    foreign.did = f"did:web:localhost%3A8000:agents:{foreign.pk}"
    foreign.save(force_insert=True)

    answer = listed.answer(foreign.did)

    assert answer["accountable"] is None
    assert answer["evidence"]["registered"]["state"] == "imported"
    assert answer["evidence"]["verified"] == {"state": "no", "method": None}
    assert answer["evidence"]["in_good_standing"]["state"] == "unknown"


@pytest.mark.parametrize(
    "query",
    ["CONCIERGE.Acme", "concierge.acme.", "concierge.acme.attorn.test", "Concierge.ACME.ATTORN.test."],
)
def test_it_answers_every_spelling_under_the_canonical_one(listed, query):
    assert resolve(query, at=now()) == resolve("concierge.acme", at=now())


def test_it_is_found_by_its_dids(listed):
    by_did = listed.answer(listed.agent.did)
    by_typed_did = listed.answer(listed.agent.did.replace("%3A", ":"))
    by_key = listed.answer(did_key(listed.private_key.public_key))

    assert by_did == by_typed_did
    assert by_did["query"] == listed.agent.did
    assert by_did["identity"]["name"] == "concierge.acme"
    assert by_key["query"] == did_key(listed.private_key.public_key)
    assert by_key["identity"] == by_did["identity"]


def test_a_suspended_agent_resolves_and_says_so(listed, at):
    suspend(agent=listed.agent, reason="maintenance", by=SuspendedBy.CONTROLLER, actor=listed.actor, at=at)

    served = resolve("concierge.acme", at=now())
    answer = json.loads(served.body)

    assert served.status == 200
    assert answer["standing"]["status"] == "suspended"
    assert answer["standing"]["suspended_by"] == "controller"
    assert answer["evidence"]["in_good_standing"]["state"] == "no"


def test_a_deactivated_agent_is_gone_and_has_no_keys(listed, at):
    deactivate(agent=listed.agent, reason="retired", actor=listed.actor, at=at)

    served = resolve("concierge.acme", at=now())
    answer = json.loads(served.body)

    assert served.status == 410
    assert answer["standing"]["status"] == "deactivated"
    assert answer["identity"]["verification_methods"] == []
    assert answer["evidence"]["verified"]["state"] == "no"


def test_a_name_that_is_not_there_is_denied_under_signature(listed):
    served = resolve("nobody.acme", at=now())
    answer = json.loads(served.body)

    assert (served.status, answer["rcode"], answer["reason"]) == (404, "NXDOMAIN", "not_found")
    assert answer["identity"] is None
    assert served.ttl_seconds == 30
    assert "proofValue" in answer["proof"]


def test_a_held_name_is_refused_but_the_agent_still_answers_by_its_did(listed):
    Name.objects.filter(pk=listed.name.pk).update(statuses=["clientHold"])

    served = resolve("concierge.acme", at=now())
    answer = json.loads(served.body)

    assert (served.status, answer["rcode"], answer["reason"]) == (403, "REFUSED", "held")
    assert answer["identity"] is None
    assert listed.answer(listed.agent.did)["identity"]["names"] == []


def test_an_ended_name_is_as_good_as_not_there(listed, at):
    Name.objects.filter(pk=listed.name.pk).update(expires_at=at - timedelta(days=31))

    assert resolve("concierge.acme", at=now()).status == 404


def test_a_revoked_key_leads_nowhere(listed, at):
    key = did_key(listed.private_key.public_key)
    assert resolve(key, at=now()).status == 200

    listed.agent.verification_methods.update(revoked_at=at)

    assert resolve(key, at=now()).status == 404


def test_it_is_kept_no_longer_than_its_shortest_record(listed):
    assert listed.answer()["ttl_seconds"] == 60


def test_it_ends_before_a_key_does(listed, at):
    ends_at = at + timedelta(seconds=100)
    listed.agent.verification_methods.update(valid_until=ends_at)

    served = resolve("concierge.acme", at=at)
    answer = json.loads(served.body)

    assert answer["valid_until"] == rfc3339(ends_at)
    assert served.refresh_at + timedelta(seconds=served.ttl_seconds) < ends_at
