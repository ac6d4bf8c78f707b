"""Only receipts that can count are read, and the score is that of all of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

import pytest

from identity.agents.models import Agent
from reputation.scoring.formula import score_of
from reputation.scoring.read import read_evidence, utc_day


@pytest.mark.parametrize("seed", range(5))
def test_it_leaves_out_what_no_cap_would_let_in(
    acme: Any, make_agent: Callable[..., Agent], make_shop: Callable[..., Agent], settle: Any, at: datetime, seed: int
) -> None:
    chance, on = Random(seed), utc_day(at)
    agent = make_agent(acme)
    shops = [make_shop(f"Shop{number}", level=1 + number % 3) for number in range(4)]
    for _ in range(60):
        settle(agent, chance.choice(shops), chance.randint(1, 6), days=int(chance.paretovariate(0.5)) % 900)
    read = read_evidence([agent.pk], on=on)[agent.pk]
    everything = read_evidence([agent.pk], on=on, with_capped=True)[agent.pk]
    assert len(read.receipts) < len(everything.receipts)
    assert score_of(read.receipts, [], on=on) == score_of(everything.receipts, [], on=on)
