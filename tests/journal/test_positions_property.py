"""However writing, rolling back, stamping and reading take turns, positions are 1, 2, 3 … and all are read."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.journal.drain import drain, reader
from identity.journal.models import Event, ReaderCursor
from identity.journal.sequence import sequence_batch
from identity.primitives.clock import now

STEPS = st.one_of(
    st.tuples(st.just("write"), st.integers(1, 5)),
    st.tuples(st.just("roll back"), st.integers(1, 5)),
    st.tuples(st.just("stamp"), st.integers(1, 4)),
    st.tuples(st.just("read"), st.integers(1, 4)),
)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=25))
def test_it_reads_every_committed_event_once_in_the_order_of_writing(write, own_readers, steps):
    seen: list[str] = []
    kept: list[str] = []
    with transaction.atomic():
        reader("property")(lambda events: seen.extend(event.pk for event in events))
        for step, size in steps:
            match step:
                case "write":
                    kept += [event.pk for event in write(size)]
                case "roll back":
                    with transaction.atomic():
                        write(size)
                        transaction.set_rollback(True)
                case "stamp":
                    sequence_batch(batch_events=size)
                case "read":
                    drain("property", at=now(), batch_events=size)
                    assert seen == kept[: len(seen)]
        while sequence_batch(batch_events=3):
            pass
        drain("property", at=now(), batch_events=3)
        positions = Event.objects.order_by("position").values_list("position", flat=True)
        assert list(positions) == list(range(1, len(kept) + 1))
        assert seen == kept
        assert ReaderCursor.objects.get(reader="property").position == len(kept)
        transaction.set_rollback(True)
