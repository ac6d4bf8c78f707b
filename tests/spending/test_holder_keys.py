"""A key counts for what was signed while it was valid, as whole seconds of another's clock can say it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.delegation.offer import CLOCK_SKEW_SECONDS
from identity.spending.holder_keys import counts_at

SKEW = timedelta(seconds=CLOCK_SKEW_SECONDS)


@pytest.mark.parametrize(
    ("after_start", "counts"),
    [
        (timedelta(), True),
        (timedelta(milliseconds=-640), True),  # signed in the second in which it was registered
        (-SKEW, True),
        (-SKEW - timedelta(seconds=1), False),
        (timedelta(hours=1, seconds=-1), True),
        (timedelta(hours=1), False),
    ],
)
def test_it_counts_from_a_little_before_its_start_to_its_end(buyer, at, after_start, counts):
    method = buyer.agent.verification_methods.get()
    buyer.agent.verification_methods.update(valid_from=at, valid_until=at + timedelta(hours=1))
    assert counts_at(f"{buyer.agent.did}#{method.fragment}", at + after_start) is counts


def test_a_revoked_key_counts_for_nothing_whatever_the_time(buyer, at):
    method = buyer.agent.verification_methods.get()
    buyer.agent.verification_methods.update(valid_from=at, revoked_at=at + timedelta(hours=1))
    assert not any(
        counts_at(f"{buyer.agent.did}#{method.fragment}", at + timedelta(seconds=s)) for s in (-30, 0, 60, 7_200)
    )


def test_a_key_nobody_registered_counts_for_nothing(buyer, at):
    assert not counts_at(f"{buyer.agent.did}#key-99", at)
