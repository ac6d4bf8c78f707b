"""Measures of the registry reach vendors with the sanction's own id, at every level and when they end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.journal.actor import Actor, ActorKind
from registry.push.streams import read_stream
from reputation.moderation.ladder import Reason
from reputation.moderation.sanctions import (
    Proposal,
    impose_in_emergency,
    lift_sanction,
    propose_sanction,
    sign_sanction,
)
from tests.push.conftest import follow
from tests.push.opening import claims_of, event_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga_acts(olga) -> Actor:
    return Actor(ActorKind.OPERATOR, olga.pk)


@pytest.fixture
def oskar_acts(make_person) -> Actor:
    return Actor(ActorKind.OPERATOR, make_person("Oskar", is_staff=True, desk_role="manager").pk)


def proposal(level: int) -> Proposal:
    return Proposal(level=level, reason=Reason.CONFIRMED_FRAUD, facts="Three were deceived.")


def test_it_tells_of_an_emergency_under_the_sanctions_id(subscribe, bought, buyer, olga_acts, at) -> None:
    stream = subscribe()
    sanction = impose_in_emergency(case=None, subject=buyer.agent, proposal=proposal(3), actor=olga_acts, at=at)
    follow(at)
    event = next(one for one in stream.events.order_by("seq") if one.event_type == "agent-status-change")
    assert claims_of(event)["txn"] == sanction.pk
    said = event_of(event)
    assert (said["status"], said["initiating_entity"]) == ("suspended", "admin")


def test_it_tells_of_a_limit_that_leaves_the_status_as_it_is(subscribe, bought, buyer, olga_acts, at) -> None:
    stream = subscribe()
    sanction = propose_sanction(case=None, subject=buyer.agent, proposal=proposal(2), actor=olga_acts, at=at)
    lift_sanction(sanction=sanction, reason="Settled.", actor=olga_acts, at=at + timedelta(hours=1))
    follow(at)
    said = [event_of(one) for one in stream.events.filter(event_type="agent-status-change").order_by("seq")]
    assert [(one["status"], one["measure"], one["in_force"]) for one in said] == [
        ("active", "throttled", True),
        ("active", "throttled", False),
    ]


def test_it_tells_of_a_revocation_and_that_it_was_taken_back(
    subscribe, bought, buyer, olga_acts, oskar_acts, at
) -> None:
    stream = subscribe()
    sanction = propose_sanction(case=None, subject=buyer.agent, proposal=proposal(4), actor=olga_acts, at=at)
    sign_sanction(sanction=sanction, actor=oskar_acts, at=at)
    lift_sanction(sanction=sanction, reason="Settled.", actor=olga_acts, at=at + timedelta(hours=1))
    follow(at)
    changes = stream.events.filter(event_type="agent-status-change").order_by("seq")
    assert [event_of(one)["status"] for one in changes] == ["revoked", "active"]
    assert {claims_of(one)["txn"] for one in changes} == {sanction.pk}


def test_it_tells_of_an_organization_that_is_excluded(
    subscribe, bought, buyer, acme, olga_acts, oskar_acts, make_person, at
) -> None:
    stream = subscribe()
    sanction = propose_sanction(case=None, subject=acme, proposal=proposal(5), actor=olga_acts, at=at)
    third = Actor(ActorKind.OPERATOR, make_person("Otto", is_staff=True).pk)
    for actor in (oskar_acts, third):
        sanction = sign_sanction(sanction=sanction, actor=actor, at=at)
    follow(at)
    types = set(stream.events.values_list("event_type", flat=True))
    assert {"operator-status-change", "agent-status-change"} <= types
    page = read_stream(stream, after=0)
    assert [event.seq for event in page.events] == list(range(1, page.last_seq + 1))
    excluded = stream.events.get(event_type="operator-status-change")
    assert claims_of(excluded)["sub_id"]["organization"] == {"format": "opaque", "id": acme.pk}
    assert claims_of(excluded)["txn"] == sanction.pk
    assert event_of(excluded)["status"] == "deplatformed"
