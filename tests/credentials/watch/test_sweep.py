"""A full sweep: everything is asked and compared once, whoever does it and whoever dies over it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from identity.agents.models import Agent
from identity.credentials.models import Sweep, SweepRange, WatchedEntry
from identity.credentials.watch import ranges
from identity.credentials.watch.claims import claim_due_sources, claim_range
from identity.credentials.watch.limits import RANGE_LEASE, RANGES_PER_SWEEP_MAX, SOURCE_LEASE
from identity.credentials.watch.overview import oldest_seconds, overview, troubled_sources
from identity.credentials.watch.ranges import check_range
from identity.credentials.watch.sweep import finish_sweep, progress_of, running_sweep, start_sweep, work_on_sweep
from identity.credentials.watch.watching import watch
from identity.journal.actor import system
from identity.journal.models import Event
from identity.primitives.errors import Conflict
from tests.credentials.watch.foreign import ForeignServer, Issuer

pytestmark = pytest.mark.django_db
ACTOR = system("tests")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "ENTRIES_PER_CHUNK", 3)
    monkeypatch.setattr("identity.credentials.watch.sweep.ENTRIES_PER_CHUNK", 4)


@pytest.fixture
def entries(issuer: Issuer, agent: Agent, at: datetime) -> list[WatchedEntry]:
    for index in range(10):
        watch(issuer.credential(agent.did, 1_000 + index, at=at), agent=agent, at=at)
    return list(WatchedEntry.objects.order_by("pk"))


def test_it_asks_every_source_and_compares_every_entry(
    server: ForeignServer, entries: list[WatchedEntry], at: datetime
) -> None:
    sweep = start_sweep(actor=ACTOR, at=at)
    assert work_on_sweep(sweep, clock=lambda: at)
    done = progress_of(sweep)
    assert (done.sources_checked, done.sources) == (2, 2)
    assert (done.entries_checked, done.entries, done.ranges) == (20, 20, 5)
    assert done.percent == 100
    assert len(server.asked) == 2
    assert [event.kind for event in Event.objects.filter(subject=sweep.pk).order_by("written_order")] == [
        "sweep.started",
        "sweep.finished",
    ]


def test_it_puts_right_what_does_not_say_what_its_list_says(
    issuer: Issuer, entries: list[WatchedEntry], at: datetime
) -> None:
    issuer.set("revocation", 1_003)
    issuer.publish(at=at)
    work_on_sweep(start_sweep(actor=ACTOR, at=at), clock=lambda: at)
    wrong = WatchedEntry.objects.filter(index__in=(1_003, 1_005), purpose="suspension")
    wrong.update(is_set=True)
    WatchedEntry.objects.filter(index=1_003, purpose="revocation").update(is_set=False)

    later = at + timedelta(minutes=1)
    sweep = start_sweep(actor=ACTOR, at=later)
    assert work_on_sweep(sweep, clock=lambda: later)
    assert progress_of(sweep).entries_corrected == 3
    assert list(WatchedEntry.objects.filter(is_set=True).values_list("index", "purpose")) == [(1_003, "revocation")]


def test_one_runs_at_a_time(entries: list[WatchedEntry], at: datetime) -> None:
    sweep = start_sweep(actor=ACTOR, at=at)
    with pytest.raises(Conflict) as refused:
        start_sweep(actor=ACTOR, at=at)
    assert refused.value.code == "sweep_running"
    assert running_sweep() == sweep


def test_nothing_to_sweep_is_a_sweep_that_is_over(at: datetime, db: None) -> None:
    sweep = start_sweep(actor=ACTOR, at=at)
    assert work_on_sweep(sweep, clock=lambda: at)
    assert progress_of(Sweep.objects.get()).percent == 100


def test_many_entries_make_few_ranges(
    entries: list[WatchedEntry], monkeypatch: pytest.MonkeyPatch, at: datetime
) -> None:
    monkeypatch.setattr("identity.credentials.watch.sweep.ENTRIES_PER_CHUNK", 1)
    monkeypatch.setattr("identity.credentials.watch.sweep.RANGES_PER_SWEEP_MAX", 3)
    sweep = start_sweep(actor=ACTOR, at=at)
    cuts = list(SweepRange.objects.filter(sweep=sweep).order_by("pk").values_list("first_id", "end_id"))
    assert len(cuts) == 3 <= RANGES_PER_SWEEP_MAX
    assert [end for _, end in cuts][:-1] == [first for first, _ in cuts][1:]
    assert cuts[0][0] == entries[0].pk
    assert cuts[-1][1] == entries[-1].pk + 1


def test_a_worker_that_dies_loses_its_lease_and_the_next_goes_on_where_it_stood(
    entries: list[WatchedEntry], at: datetime
) -> None:
    sweep = start_sweep(actor=ACTOR, at=at)
    taken = claim_range(sweep.pk, at=at)
    assert taken is not None
    assert check_range(taken, at=at)  # one chunk of three done; then the worker is killed

    assert claim_range(sweep.pk, at=at).pk != taken.pk
    heir = claim_range(sweep.pk, at=at + RANGE_LEASE)
    assert heir is not None
    assert (heir.pk, heir.next_id) == (taken.pk, taken.next_id)
    assert not finish_sweep(sweep, at=at)

    assert not check_range(taken, at=at), "the dead one wakes up and finds that it is not its own any more"
    assert not check_range(heir, at=at + RANGE_LEASE)
    heir.refresh_from_db()
    assert (heir.finished_at, heir.entries_checked) == (at + RANGE_LEASE, 4)


def test_a_source_is_taken_by_one_worker_until_its_lease_ends(entries: list[WatchedEntry], at: datetime) -> None:
    assert len(claim_due_sources(at=at, limit=10)) == 2
    assert claim_due_sources(at=at, limit=10) == []
    assert len(claim_due_sources(at=at + SOURCE_LEASE, limit=10)) == 2


def test_the_overview_says_how_old_the_oldest_answer_is(
    server: ForeignServer, entries: list[WatchedEntry], at: datetime
) -> None:
    hour = timedelta(hours=1)
    assert oldest_seconds(at=at + hour) == (3_600, 3_600)
    work_on_sweep(start_sweep(actor=ACTOR, at=at), clock=lambda: at)
    server.mode = "error"
    work_on_sweep(start_sweep(actor=ACTOR, at=at + hour), clock=lambda: at + hour)
    shown = overview(at=at + 2 * hour)
    assert (shown.oldest_unchecked_seconds, shown.oldest_unconfirmed_seconds) == (3_600, 7_200)
    assert shown.sources == {"stale": 2}
    assert shown.credentials == 10
    assert troubled_sources(at=at).count() == 2
