"""Attaching over the API: what is taken, what is refused, who may, and what everybody then sees."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.agents.models import Agent
from identity.credentials.models import WatchedCredential, WatchedEntry, WatchSource
from identity.credentials.watch.checking import check_due_sources
from identity.credentials.watch.limits import ATTACHED_PER_AGENT_MAX, PRESENTED_PER_AGENT_MAX
from identity.credentials.watch.watching import forget_presented, watch
from identity.journal.models import Event
from identity.primitives.clock import now
from tests.api.conftest import Caller
from tests.credentials.watch.foreign import ForeignServer, Issuer

pytestmark = pytest.mark.django_db


def attach(caller: Caller, agent: Agent, credential: Any) -> Any:
    return caller.post(f"/v1/agents/{agent.pk}/credentials", {"credential": credential})


def evidence(caller: Caller, agent: Agent) -> dict[str, Any]:
    answer = caller.get(f"/v1/resolve/{agent.did}")
    assert answer.status_code == 200, answer.content
    return answer.json()["evidence"]["credentials"]


def test_it_is_watched_and_everybody_sees_how_it_stands(
    program: Caller, issuer: Issuer, agent: Agent, at: datetime
) -> None:
    assert evidence(program, agent) == {"state": "none", "counts": {}, "items": []}
    answer = attach(program, agent, issuer.credential(agent.did, 5, at=at))
    assert answer.status_code == 201, answer.content
    assert answer.json()["state"] == "unchecked"
    assert evidence(program, agent)["counts"] == {"unchecked": 1}

    check_due_sources(at=now())
    assert evidence(program, agent)["state"] == "valid"
    issuer.set("revocation", 5)
    issuer.publish(at=now() + timedelta(seconds=1))
    checked = program.post(answer["Location"] + "/check", {})
    assert checked.json()["state"] == "revoked"
    item = evidence(program, agent)["items"][0]
    assert (item["state"], item["reason"], item["issuer"]) == ("revoked", "revoked_by_issuer", issuer.did)


def test_attaching_it_again_changes_nothing(program: Caller, issuer: Issuer, agent: Agent, at: datetime) -> None:
    credential = issuer.credential(agent.did, 5, at=at)
    first, second = attach(program, agent, credential), attach(program, agent, credential)
    assert first.json()["id"] == second.json()["id"]
    assert Event.objects.filter(kind="watched_credential.attached").count() == 1


def test_it_is_refused_when_it_does_not_verify(program: Caller, issuer: Issuer, agent: Agent, at: datetime) -> None:
    credential = issuer.credential(agent.did, 5, at=at)
    answer = attach(program, agent, {**credential, "validUntil": "2099-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["code"]) == (422, "credential_not_verified")
    assert answer.json()["checks"]
    assert WatchedCredential.objects.count() == 0


def test_it_is_refused_when_it_is_about_somebody_else(
    program: Caller, issuer: Issuer, agent: Agent, at: datetime
) -> None:
    answer = attach(program, agent, issuer.credential("did:web:somebody.example", 5, at=at))
    assert (answer.status_code, answer.json()["code"]) == (422, "credential_not_about_agent")


def test_it_may_name_a_key_of_the_agent_instead(program: Caller, issuer: Issuer, agent: Agent, at: datetime) -> None:
    key = agent.verification_methods.get()
    assert attach(program, agent, issuer.credential(f"did:key:{key.multikey}", 5, at=at)).status_code == 201


def test_it_is_refused_when_two_subjects_share_it(program: Caller, issuer: Issuer, agent: Agent, at: datetime) -> None:
    subjects = [{"id": agent.did}, {"id": "did:web:somebody.example"}]
    answer = attach(program, agent, issuer.credential(agent.did, 5, at=at, credentialSubject=subjects))
    assert (answer.status_code, answer.json()["code"]) == (422, "credential_not_about_agent")


@pytest.mark.parametrize("rubbish", [1, None, [], "", {}, "x.y.z", {"issuer": 5}, "e30.e30.e30~~~"])
def test_it_refuses_rubbish_with_a_reason(program: Caller, agent: Agent, rubbish: Any) -> None:
    answer = attach(program, agent, rubbish)
    assert answer.status_code in (400, 422), answer.content
    assert answer.json()["code"]


def test_strangers_and_readers_may_not(
    stranger: Caller, reader: Caller, program: Caller, issuer: Issuer, agent: Agent, at: datetime
) -> None:
    credential = issuer.credential(agent.did, 5, at=at)
    assert attach(stranger, agent, credential).status_code == 404
    assert attach(reader, agent, credential).status_code == 403
    address = attach(program, agent, credential)["Location"]
    assert stranger.get(address).status_code == 404
    assert stranger.send("DELETE", address).status_code == 404
    assert reader.send("DELETE", address).status_code == 403
    assert reader.post(address + "/check", {}).status_code == 403
    assert reader.get(address).status_code == 200


def test_removing_it_takes_it_out_of_every_answer(program: Caller, issuer: Issuer, agent: Agent, at: datetime) -> None:
    address = attach(program, agent, issuer.credential(agent.did, 5, at=at))["Location"]
    assert evidence(program, agent)["items"]
    assert program.send("DELETE", address).status_code == 204
    assert evidence(program, agent)["state"] == "none"
    assert WatchSource.objects.count() == WatchedEntry.objects.count() == 0


def test_an_agent_has_a_bounded_number(program: Caller, issuer: Issuer, agent: Agent, at: datetime) -> None:
    for index in range(ATTACHED_PER_AGENT_MAX):
        assert attach(program, agent, issuer.credential(agent.did, index, at=at)).status_code == 201
    answer = attach(program, agent, issuer.credential(agent.did, 99, at=at))
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_attached_credentials")
    listed = program.get(f"/v1/agents/{agent.pk}/credentials?limit=100").json()["items"]
    assert len(listed) == ATTACHED_PER_AGENT_MAX


def test_what_was_only_presented_is_counted_and_not_listed(
    program: Caller, issuer: Issuer, agent: Agent, at: datetime
) -> None:
    watch(issuer.credential(agent.did, 5, at=at), agent=agent, at=at)
    check_due_sources(at=now())
    shown = evidence(program, agent)
    assert (shown["state"], shown["counts"], shown["items"]) == ("valid", {"valid": 1}, [])


def test_presenting_many_lets_the_oldest_give_way(issuer: Issuer, agent: Agent, at: datetime) -> None:
    for number in range(PRESENTED_PER_AGENT_MAX + 5):
        watch(issuer.credential(agent.did, number, at=at), agent=agent, at=at + timedelta(seconds=number))
    assert WatchedCredential.objects.count() == PRESENTED_PER_AGENT_MAX
    assert not WatchedEntry.objects.filter(index=0).exists()
    assert forget_presented(at=at + timedelta(days=89)) == 0
    assert forget_presented(at=at + timedelta(days=91)) == PRESENTED_PER_AGENT_MAX
    assert WatchSource.objects.count() == 0


def test_a_list_that_is_known_already_speaks_at_once(
    server: ForeignServer, issuer: Issuer, agent: Agent, at: datetime
) -> None:
    issuer.set("revocation", 6)
    issuer.publish(at=at)
    watch(issuer.credential(agent.did, 5, at=at), agent=agent, at=at)
    check_due_sources(at=at)
    watch(issuer.credential(agent.did, 6, at=at), agent=agent, at=at)
    assert WatchedEntry.objects.get(index=6, purpose="revocation").is_set
    assert len(server.asked) == 2
