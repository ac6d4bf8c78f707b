"""How long a name lasts: its year, the thirty days of grace, and what comes after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.journal.actor import Actor
from identity.journal.models import Event
from identity.primitives.errors import Conflict, Gone, InvalidInput
from registry.directory.models import Name, NameStatus, Zone
from registry.directory.register import point_name, register_name, release, renew, years_after
from registry.directory.status import set_server_status, statuses_at

DAY = timedelta(days=1)


def test_it_lasts_a_year_and_thirty_days(name: Name, at: datetime) -> None:
    assert name.expires_at == years_after(at, 1)
    last = name.expires_at + 30 * DAY
    assert statuses_at(name, name.expires_at - DAY) == ["ok"]
    assert statuses_at(name, name.expires_at) == ["pendingDelete"]
    assert not name.has_ended(last - timedelta(seconds=1))
    assert name.has_ended(last)


def test_it_is_renewed_in_the_grace_from_where_it_ended(name: Name, by_alice: Actor) -> None:
    ended = name.expires_at
    renewed = renew(name=name, years=1, actor=by_alice, at=ended + 29 * DAY)
    assert renewed.expires_at == years_after(ended, 1)


def test_it_is_over_after_the_grace(name: Name, by_alice: Actor) -> None:
    late = name.expires_at + 30 * DAY
    for change in (
        lambda: renew(name=name, actor=by_alice, at=late),
        lambda: point_name(name=name, agent=None, actor=by_alice, at=late),
    ):
        with pytest.raises(Gone) as refused:
            change()
        assert refused.value.code == "name_expired"


def test_it_can_be_registered_anew_after_the_grace_and_not_before(name: Name, zone: Zone, by_alice: Actor) -> None:
    grace_ends = name.expires_at + 30 * DAY
    with pytest.raises(Conflict) as refused:
        register_name(zone=zone, label="concierge", actor=by_alice, at=grace_ends - DAY)
    assert refused.value.code == "name_taken"
    fresh = register_name(zone=zone, label="concierge", actor=by_alice, at=grace_ends)
    assert (fresh.pk != name.pk, fresh.agent) == (True, None)
    assert Event.objects.filter(subject=name.pk, kind="name.released").exists()


def test_it_cannot_shed_a_hold_by_release_or_by_waiting(name: Name, zone: Zone, by_alice: Actor, at: datetime) -> None:
    set_server_status(name=name, status=NameStatus.SERVER_HOLD, actor=by_alice, at=at)
    with pytest.raises(Conflict) as refused:
        release(name=name, actor=by_alice, at=at)
    assert refused.value.code == "name_status_prohibits"
    with pytest.raises(Conflict):
        register_name(zone=zone, label="concierge", actor=by_alice, at=name.expires_at + 40 * DAY)


@pytest.mark.parametrize("years", [0, 11, -1])
def test_it_is_renewed_by_one_to_ten_years(name: Name, by_alice: Actor, at: datetime, years: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        renew(name=name, years=years, actor=by_alice, at=at)
    assert refused.value.code == "term_too_long"


def test_it_ends_at_most_ten_years_ahead(name: Name, by_alice: Actor, at: datetime) -> None:
    renew(name=name, years=9, actor=by_alice, at=at)
    with pytest.raises(InvalidInput):
        renew(name=name, years=1, actor=by_alice, at=at)


def test_it_counts_a_leap_day_as_the_day_before(at: datetime) -> None:
    assert years_after(datetime(2028, 2, 29, tzinfo=UTC), 1) == datetime(2029, 2, 28, tzinfo=UTC)


def test_it_points_to_agents_of_its_own_organization_only(
    name: Name, globex: Organization, make_agent, by_alice: Actor, at: datetime
) -> None:
    foreign: Agent = make_agent(globex)
    with pytest.raises(Conflict) as refused:
        point_name(name=name, agent=foreign, actor=by_alice, at=at)
    assert refused.value.code == "agent_not_yours"


def test_it_allows_a_thousand_names_and_no_more(zone: Zone, acme, by_alice: Actor, at: datetime) -> None:
    Name.objects.bulk_create(
        Name(fqn=f"n{number}.acme", zone=zone, skeleton=f"n{number}", organization=acme) for number in range(1_000)
    )
    with pytest.raises(Conflict) as refused:
        register_name(zone=zone, label="onemore", actor=by_alice, at=at)
    assert refused.value.code == "name_limit_reached"


@pytest.mark.parametrize("ttl_seconds", [0, 29, 86_401])
def test_it_keeps_the_ttl_in_bounds(zone: Zone, by_alice: Actor, at: datetime, ttl_seconds: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        register_name(zone=zone, label="bot", ttl_seconds=ttl_seconds, actor=by_alice, at=at)
    assert refused.value.code == "ttl_out_of_range"
