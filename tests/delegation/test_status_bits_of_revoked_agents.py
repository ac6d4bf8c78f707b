"""The bit of an agent that the registry revoked is one that an appeal can take back."""

from __future__ import annotations

import pytest

from identity.agents.models import Agent, AgentStatus
from identity.delegation.models import Delegation
from identity.delegation.standing import EffectiveStatus, standing_of
from identity.delegation.status_bits import publish_standing
from tests.spending.conftest import TOTAL_500, buyer, grant, make_holder, pass_on, planner  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def family(planner, buyer, grant, pass_on):  # noqa: F811
    """A link of the planner's and one below it."""
    root = grant(planner, TOTAL_500, max_further_depth=1)
    return root, pass_on(root, planner, buyer, TOTAL_500)


def bits(delegation) -> tuple[bool, bool]:
    """Whether the revocation and the suspension bit are set."""
    entry = Delegation.objects.select_related("status_entry").get(pk=delegation.pk).status_entry
    return entry.revoked_at is not None, entry.suspended_at is not None


def stand(agent, status, at) -> None:
    Agent.objects.filter(pk=agent.pk).update(status=status)
    publish_standing(Delegation.objects.select_related("status_entry").order_by("id"), at=at)


def test_it_is_revoked_for_every_decision_but_its_bit_can_be_taken_back(family, planner, at):  # noqa: F811
    stand(planner.agent, AgentStatus.REVOKED, at)
    for link in family:
        standing = standing_of(Delegation.objects.get(pk=link.pk), at=at)
        assert standing.status == EffectiveStatus.REVOKED
        assert [reason.code for reason in standing.reasons][:1] == ["agent_revoked"]
        assert bits(link) == (False, True)
    stand(planner.agent, AgentStatus.ACTIVE, at)
    assert [bits(link) for link in family] == [(False, False)] * 2


def test_it_is_for_ever_once_the_agent_was_deactivated(family, planner, at):  # noqa: F811
    stand(planner.agent, AgentStatus.DEACTIVATED, at)
    assert [bits(link)[0] for link in family] == [True, True]
