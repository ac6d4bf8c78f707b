"""A decision changes the rows that it locked, where it found them, and no others that lie there."""

from __future__ import annotations

import pytest

from identity.spending import group
from identity.spending.ledger_writes import LedgerDisagrees
from identity.spending.models import Authorization, Budget

from .conftest import TOTAL_500, euros


@pytest.mark.django_db
def test_another_row_in_the_place_of_one_undoes_everything(shop, buyer, grant, monkeypatch):
    leaf = grant(buyer, TOTAL_500, euros("rolling", 40_000, window="P1D"))
    assert shop.spend(buyer, leaf).verdict == "approved"

    def look_astray(*question):
        sight = look(*question)
        sight.places = dict(zip(sight.places, reversed(sight.places.values()), strict=True))
        return sight

    look = group.look
    monkeypatch.setattr(group, "look", look_astray)
    before = set(Budget.objects.values_list("pk", "held", "uses"))
    with pytest.raises(LedgerDisagrees):
        shop.spend(buyer, leaf)
    assert set(Budget.objects.values_list("pk", "held", "uses")) == before
    assert Authorization.objects.count() == 1
