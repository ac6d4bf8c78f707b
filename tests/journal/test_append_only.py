"""The database itself keeps the journal as it was written."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from identity.journal.actor import system
from identity.journal.kinds import ServiceKeyRevoked
from identity.journal.models import Event
from identity.journal.record import record
from identity.journal.sequence import sequence

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("stamped", [False, True])
@pytest.mark.parametrize(
    "change",
    [{"kind": "agent.reinstated"}, {"actor": "user:usr_other"}, {"payload": {}}, {"position": None}, {"subject": ""}],
)
def test_it_refuses_to_change_an_event(write, change, stamped):
    write()
    if stamped:
        sequence()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Event.objects.update(**change)


def test_it_refuses_to_change_an_event_together_with_its_stamp(write):
    write()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Event.objects.update(position=1, kind="agent.reinstated")


def test_it_stamps_a_position_only_once(write):
    write()
    sequence()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Event.objects.update(position=7)


def test_it_refuses_to_delete_an_event(write):
    write()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Event.objects.all().delete()


def test_it_refuses_to_empty_the_journal(write):
    """The tests' database has this guard off, so that it can be emptied between tests: turn it on for this one."""
    write()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_event ENABLE TRIGGER journal_event_truncate")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute("TRUNCATE journal_event")
    assert Event.objects.count() == 1


def test_it_refuses_an_event_that_brings_its_own_position(at):
    with pytest.raises(IntegrityError, match="only the sequencer"), transaction.atomic():
        Event.objects.create(kind="agent.suspended", subject="agt_1", actor="system:x", payload={}, at=at, position=5)


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_record_outside_the_transaction_of_the_change(at):
    with pytest.raises(RuntimeError, match="transaction"):
        record(ServiceKeyRevoked(), subject="sky_1", actor=system("test"), at=at)


def test_it_leaves_nothing_of_a_change_that_was_rolled_back(write):
    with transaction.atomic():
        write(3)
        transaction.set_rollback(True)
    assert not Event.objects.exists()
