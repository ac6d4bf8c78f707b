"""Readers follow positions, each with its own cursor."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from identity.journal.drain import drain, drain_all, drain_batch, lag, reader, reader_named, replay, unstamped
from identity.journal.models import Event, ReaderCursor
from identity.journal.sequence import sequence
from identity.journal.tasks import follow
from identity.primitives.clock import now
from identity.primitives.errors import InvalidInput, NotFound

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_readers")]


def positions_seen(name, **options):
    seen = []
    reader(name, **options)(lambda events: seen.extend(event.position for event in events))
    return seen


def test_it_shows_every_event_once_in_order(write, at):
    seen = positions_seen("a")
    write(12)
    sequence()
    assert drain("a", at=at, batch_events=5) == 12
    assert drain("a", at=at) == 0
    assert seen == list(range(1, 13))


def test_it_does_not_show_an_event_before_it_has_a_position(write, at):
    seen = positions_seen("a")
    write(3)
    assert drain("a", at=at) == 0
    assert (seen, unstamped()) == ([], 3)


def test_it_keeps_a_cursor_for_each_reader(write, at):
    early, late = positions_seen("early"), positions_seen("late")
    write(2)
    sequence()
    drain("early", at=at)
    write(1)
    sequence()
    drain_all(at=at)
    assert early == late == [1, 2, 3]


def test_it_shows_only_the_kinds_asked_for_but_passes_the_others(write, at):
    seen = positions_seen("a", kinds={"agent.reinstated"})
    write(2)
    write(1, kind="agent.reinstated")
    write(2)
    sequence()
    assert drain("a", at=at) == 5
    assert seen == [3]


def test_it_passes_many_of_other_kinds_in_one_step_and_shows_no_more_than_a_batch(write, at):
    seen = positions_seen("a", kinds={"agent.reinstated"})
    write(15)
    write(3, kind="agent.reinstated")
    write(4)
    sequence()
    steps = [drain_batch(reader_named("a"), at=at, batch_events=2) for _ in range(4)]
    assert steps == [17, 5, 0, 0]
    assert seen == [16, 17, 18]


def test_it_leaves_a_reader_that_raises_where_it_stood_and_lets_the_others_go_on(write, at, caplog):
    @reader("broken")
    def broken(events):
        ReaderCursor.objects.create(reader="something the reader wrote")
        raise ValueError("no")

    seen = positions_seen("sound")
    write(2)
    sequence()
    drained = drain_all(at=at)
    assert (drained.failed, drained.passed, seen) == (("broken",), {"sound": 2}, [1, 2])
    assert ReaderCursor.objects.get(reader="broken").position == 0
    assert not ReaderCursor.objects.filter(reader="something the reader wrote").exists()
    assert "journal reader failed" in caplog.text


def test_it_tells_how_far_behind_each_reader_is(write, at):
    positions_seen("a")
    write(4)
    sequence()
    drain("a", at=at)
    write(2)
    oldest = Event.objects.filter(position__isnull=True).order_by("recorded_at").first().recorded_at
    (row,) = lag(at=oldest + timedelta(seconds=30))
    assert (row.reader, row.position, row.events, row.seconds) == ("a", 4, 2, 30.0)


def test_it_reads_again_after_a_replay(write, at):
    seen = positions_seen("a")
    write(4)
    sequence()
    drain("a", at=at)
    assert replay("a", position=2, at=at) == 4
    drain("a", at=at)
    assert seen == [1, 2, 3, 4, 3, 4]


def test_it_refuses_to_skip_events_by_hand(write, at):
    positions_seen("a")
    with pytest.raises(InvalidInput) as refusal:
        replay("a", position=9, at=at)
    assert refusal.value.code == "position_out_of_range"


def test_it_refuses_a_reader_that_does_not_exist(at):
    with pytest.raises(NotFound):
        drain("nobody", at=at)


def test_it_refuses_two_readers_of_one_name():
    reader("a")(lambda events: None)

    def another(events):
        """Another function under the same name."""

    with pytest.raises(RuntimeError):
        reader("a")(another)


def test_it_stamps_and_drains_in_one_task(write):
    seen = positions_seen("a")
    write(3)
    assert follow() == {"a": 3}
    assert seen == [1, 2, 3]


def test_it_has_a_command_for_each_of_these(write):
    positions_seen("search")
    write(3)
    assert run("sequence") == "3 events stamped\n"
    assert run("drain", "search") == "search passed 3 events\n"
    assert run("replay", "search", "--from", "1") == "search set back from 3 to 1; drain lets it read again\n"
    status = run("status").splitlines()
    assert status[0] == "last position 3, waiting for one 0"
    assert status[2].split()[:3] == ["search", "1", "2"]
    assert run("drain") == "search passed 2 events\n"
    with pytest.raises(CommandError, match="no reader called nobody"):
        run("drain", "nobody")


def run(*words: str) -> str:
    out = StringIO()
    call_command("journal", *words, stdout=out)
    return out.getvalue()


def test_it_measures_no_lag_when_all_is_read(write):
    positions_seen("a")
    write(1)
    follow()
    assert [(row.events, row.seconds) for row in lag(at=now())] == [(0, 0.0)]
