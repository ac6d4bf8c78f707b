"""Suspended, reinstated, deactivated: by whom, and in which order."""

from __future__ import annotations

import pytest

from identity.agents.lifecycle import DeactivationReason, SuspensionReason, deactivate, reinstate, suspend
from identity.agents.models import SuspendedBy
from identity.journal.models import Event
from identity.primitives.errors import AttornError

MINE, REGISTRYS = SuspendedBy.CONTROLLER, SuspendedBy.REGISTRY


@pytest.fixture
def pause(by_alice, at):
    def pause(agent, by=MINE, reason=SuspensionReason.UNSPECIFIED):
        return suspend(agent=agent, reason=reason, by=by, actor=by_alice, at=at)

    return pause


@pytest.fixture
def resume(by_alice, at):
    return lambda agent, by=MINE: reinstate(agent=agent, by=by, actor=by_alice, at=at)


@pytest.fixture
def end(by_alice, at):
    return lambda agent: deactivate(agent=agent, reason=DeactivationReason.REPLACED, actor=by_alice, at=at)


def refused(change, *arguments, **keywords):
    with pytest.raises(AttornError) as refusal:
        change(*arguments, **keywords)
    return refusal.value.code


def test_it_suspends_and_reinstates(agent, pause, resume, at):
    paused = pause(agent, reason=SuspensionReason.MAINTENANCE)
    assert (paused.status, paused.status_reason, paused.suspended_by) == ("suspended", "maintenance", "controller")
    resumed = resume(agent)
    resumed.refresh_from_db()
    assert (resumed.status, resumed.status_reason, resumed.suspended_by) == ("active", "", "")
    assert list(Event.objects.filter(subject=agent.pk).order_by("id").values_list("kind", flat=True)) == [
        "agent.registered",
        "agent.suspended",
        "agent.reinstated",
    ]


def test_it_refuses_what_makes_no_difference(agent, pause, resume):
    assert refused(resume, agent) == "agent_not_suspended"
    pause(agent)
    assert refused(pause, agent) == "agent_already_suspended"


def test_it_leaves_a_suspension_by_the_registry_to_the_registry(agent, pause, resume):
    pause(agent, by=REGISTRYS, reason=SuspensionReason.IMPERSONATION)
    assert refused(resume, agent) == "suspended_by_registry"
    assert refused(pause, agent) == "agent_already_suspended"
    assert resume(agent, by=REGISTRYS).status == "active"


def test_it_lets_the_registry_take_over_a_suspension(agent, pause, resume):
    pause(agent)
    pause(agent, by=REGISTRYS, reason=SuspensionReason.ABUSE_REPORTED)
    assert refused(resume, agent) == "suspended_by_registry"


def test_it_keeps_the_reasons_of_the_registry_for_the_registry(agent, pause):
    assert refused(pause, agent, reason=SuspensionReason.LEGAL_ORDER) == "suspension_reason"


def test_it_ends_an_agent_for_good_and_its_keys_with_it(agent, end, pause, resume):
    ended = end(agent)
    assert ended.status == "deactivated"
    method = agent.verification_methods.get()
    assert (method.revoked_reason, method.revoked_at) == ("cessation_of_operation", ended.status_changed_at)
    for change in (end, pause, resume):
        assert refused(change, agent) == "agent_deactivated"


def test_it_ends_a_suspended_agent(agent, pause, end):
    pause(agent, by=REGISTRYS)
    ended = end(agent)
    assert (ended.status, ended.suspended_by) == ("deactivated", "")


def test_it_cannot_suspend_what_nobody_answers_for(foreign, pause):
    assert refused(pause, foreign) == "agent_unclaimed"
