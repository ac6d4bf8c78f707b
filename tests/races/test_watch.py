"""Workers, owners and lists at the same moment: nothing is lost, nothing is done twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from identity.agents.models import Agent
from identity.credentials.models import SweepRange, WatchedCredential, WatchedEntry, WatchSource
from identity.credentials.watch import ranges
from identity.credentials.watch.checking import check_source
from identity.credentials.watch.conclude import Reading, confirm
from identity.credentials.watch.sweep import progress_of, start_sweep, work_on_sweep
from identity.credentials.watch.watching import watch
from identity.journal.actor import system
from identity.journal.models import Event
from tests.credentials.watch.conftest import issuer, server  # noqa: F401 - fixtures
from tests.credentials.watch.foreign import ENTRIES, Issuer

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 4


def at_once(*works: Callable[[], object]) -> None:
    """Run them in threads that start together; whatever one raises is raised here."""
    barrier, faults = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            barrier.wait(10)
            work()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if faults:
        raise faults[0]


def test_four_workers_share_a_sweep_and_mark_each_credential_once(
    issuer: Issuer,  # noqa: F811
    acme: Any,
    make_agent: Callable[..., Agent],
    monkeypatch: pytest.MonkeyPatch,
    at: datetime,
) -> None:
    monkeypatch.setattr(ranges, "ENTRIES_PER_CHUNK", 3)
    monkeypatch.setattr("identity.credentials.watch.sweep.ENTRIES_PER_CHUNK", 5)
    agents = [make_agent(acme, f"Agent {number}") for number in range(3)]
    for index in range(30):
        agent = agents[index % 3]
        watch(issuer.credential(agent.did, index, at=at), agent=agent, at=at)
    issuer.set("suspension", *range(0, 30, 2))
    issuer.publish(at=at)
    sweep = start_sweep(actor=system("tests"), at=at)
    WatchedEntry.objects.filter(index__in=(1, 3), purpose="suspension").update(is_set=True)  # what must be put right

    at_once(*[lambda: work_on_sweep(sweep, clock=lambda: at)] * WORKERS)
    assert work_on_sweep(sweep, clock=lambda: at)

    done = progress_of(sweep)
    assert (done.entries_checked, done.entries) == (60, 60)
    assert all(part.entries_checked for part in SweepRange.objects.all())
    assert set(WatchedEntry.objects.filter(is_set=True).values_list("index", flat=True)) == set(range(0, 30, 2))
    said = Event.objects.filter(kind="watched_credential.changed").values_list("payload__credential", "payload__change")
    assert len(said) == len(set(said)) == 17


def test_a_credential_that_comes_while_its_list_changes_says_what_the_list_says(
    issuer: Issuer,  # noqa: F811
    acme: Any,
    make_agent: Callable[..., Agent],
    at: datetime,
) -> None:
    agent = make_agent(acme)
    watch(issuer.credential(agent.did, 0, at=at), agent=agent, at=at)
    source = WatchSource.objects.get(url=issuer.list_url("revocation"))
    check_source(source, at=at)
    for turn in range(1, 11):
        bits = bytearray(ENTRIES // 8)
        for index in range(turn + 1):
            bits[index >> 3] |= 0x80 >> (index & 7)
        moment = at + timedelta(seconds=turn)
        credential = issuer.credential(agent.did, turn, at=at)
        at_once(
            lambda bits=bytes(bits), moment=moment: confirm(source, Reading(bits, moment, None), at=moment),
            lambda credential=credential, moment=moment: watch(credential, agent=agent, at=moment),
        )
        assert WatchedEntry.objects.get(index=turn, purpose="revocation").is_set, turn


def test_two_that_attach_the_first_credential_of_a_list_make_one_source(
    issuer: Issuer,  # noqa: F811
    acme: Any,
    make_agent: Callable[..., Agent],
    at: datetime,
) -> None:
    agents = [make_agent(acme, f"Agent {number}") for number in range(WORKERS)]
    shown = [(agent, issuer.credential(agent.did, number, at=at)) for number, agent in enumerate(agents)]
    at_once(*[lambda pair=pair: watch(pair[1], agent=pair[0], at=at) for pair in shown])
    assert WatchSource.objects.count() == 2
    assert WatchedCredential.objects.count() == WORKERS
