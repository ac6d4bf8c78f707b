"""How long an answer lives: no cache may hold it past its signature, nor past what time alone will change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from registry.resolution.freshness import MARGIN_SECONDS, lifetime

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


@given(
    validity=st.integers(10, 86_400),
    ttl_max=st.integers(0, 86_400),
    ttls=st.lists(st.integers(30, 86_400), max_size=5),
    changes=st.lists(st.floats(-1_000, 100_000), max_size=4),
)
def test_it_never_outlives_the_next_change(validity, ttl_max, ttls, changes):
    instants = [AT + timedelta(seconds=change) for change in changes]

    life = lifetime(at=AT, validity_seconds=validity, ttl_seconds_max=ttl_max, ttls=ttls, changes=instants)

    assert life.valid_until > AT
    assert all(life.valid_until <= instant for instant in instants if instant > AT)
    assert 0 <= life.ttl_seconds <= min([ttl_max, *ttls])
    if life.refresh_at > AT:
        last_held = life.refresh_at + timedelta(seconds=life.ttl_seconds)
        assert last_held + timedelta(seconds=MARGIN_SECONDS) <= life.valid_until


def test_a_long_ttl_buys_no_time_against_a_revocation():
    life = lifetime(at=AT, validity_seconds=900, ttl_seconds_max=300, ttls=[86_400], changes=[])

    assert life.ttl_seconds == 300
