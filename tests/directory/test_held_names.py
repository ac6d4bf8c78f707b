"""While the registry holds an agent's entry, its names stay where they are, and nobody comes back under another."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.agents.models import Agent, AgentStatus
from identity.primitives.errors import AttornError
from registry.directory.models import Name
from registry.directory.records import RecordForm, replace_records
from registry.directory.register import point_name, register_name, release, renew
from registry.directory.transfer import accept_transfer, request_transfer

pytestmark = pytest.mark.django_db


@pytest.fixture
def name(zone, agent, by_alice, at):
    return register_name(zone=zone, label="concierge", agent=agent, actor=by_alice, at=at)


def hold(agent, at, **more) -> None:
    Agent.objects.filter(pk=agent.pk).update(held_since=at, **more)


def code_of(act) -> str:
    with pytest.raises(AttornError) as problem:
        act()
    return problem.value.code


def test_it_is_neither_released_nor_transferred_nor_pointed_elsewhere(
    name, agent, make_agent, acme, globex, by_alice, at
):
    hold(agent, at)
    other = make_agent(acme, "Other")
    record = RecordForm("A2A", "https://elsewhere.example/a2a")
    for act in (
        lambda: release(name=name, actor=by_alice, at=at),
        lambda: request_transfer(name=name, to=globex, actor=by_alice, at=at),
        lambda: point_name(name=name, agent=other, actor=by_alice, at=at),
        lambda: point_name(name=name, agent=None, actor=by_alice, at=at),
        lambda: replace_records(name=name, records=[record], actor=by_alice, at=at),
    ):
        assert code_of(act) == "registry_hold"
    renew(name=name, actor=by_alice, at=at)


def test_it_ends_a_transfer_that_was_under_way(name, agent, globex, by_alice, by_charlie, at):
    transfer, code = request_transfer(name=name, to=globex, actor=by_alice, at=at)
    hold(agent, at)
    taking = {"transfer_id": transfer.pk, "code": code, "organization": globex, "actor": by_charlie, "at": at}
    assert code_of(lambda: accept_transfer(**taking)) == "registry_hold"


def test_it_lends_no_good_name_to_an_agent_that_is_held_or_revoked(zone, agent, by_alice, at):
    hold(agent, at)
    new = {"zone": zone, "label": "innocent", "agent": agent, "actor": by_alice, "at": at}
    assert code_of(lambda: register_name(**new)) == "registry_hold"
    hold(agent, at, status=AgentStatus.REVOKED)
    agent.refresh_from_db()
    assert code_of(lambda: register_name(**new)) == "agent_revoked"


def test_it_keeps_a_name_taken_past_its_term(name, zone, agent, by_alice, at):
    later = at + timedelta(days=800)
    hold(agent, at)
    again = {"zone": zone, "label": "concierge", "actor": by_alice, "at": later}
    assert code_of(lambda: register_name(**again)) == "name_taken"
    Agent.objects.filter(pk=agent.pk).update(held_since=None)
    register_name(**again)
    assert Name.objects.filter(fqn=name.fqn).count() == 1
