"""A vendor's answer says what was verified of it, and changes with it at once."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from identity.agents.vendors import register_vendor, set_vendor_assurance
from identity.journal.actor import system
from registry.resolution.resolve import resolve

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_says_what_was_verified_and_drops_the_old_answer(acme: Any, make_agent: Any, at: Any) -> None:
    shop = make_agent(acme, "Nordlicht")
    assert orjson.loads(resolve(shop.did, at=at).body)["vendor"] is None

    vendor = register_vendor(agent=shop, mcc="5734", country="DE", actor=system("tests"), at=at)
    assert orjson.loads(resolve(shop.did, at=at).body)["vendor"] == {
        "mcc": "5734",
        "country": "DE",
        "domains": [],
        "assurance_level": 0,
    }

    set_vendor_assurance(vendor=vendor, level=2, actor=system("tests"), at=at)
    assert orjson.loads(resolve(shop.did, at=at).body)["vendor"]["assurance_level"] == 2
