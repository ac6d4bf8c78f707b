"""An agent whose authority was too narrow reads what to ask for: ``insufficient_delegation``."""

from __future__ import annotations

import json
from typing import Any

import pytest

from identity.delegation.decline_codes import DECLINE_CODES
from identity.delegation.models import Delegation
from identity.spending.attempt import Decided
from identity.spending.disclosure import Tier, disclosed
from identity.spending.models import Decision
from identity.spending.remedy import _WIDER as remedies

from .conftest import TOTAL_500, euros

pytestmark = pytest.mark.django_db
MONTH = {"period": "month", "alignment": "calendar", "timezone": "UTC"}


def told(decided: Decided, tier: Tier = Tier.AGENT) -> Any:
    leaf = Delegation.objects.get(pk=Decision.objects.get(pk=decided.id).leaf)
    return disclosed(decided.record, decided.receipt, tier, own_limits=leaf.constraints).get("remedy")


def one_purchase(most: int, **more: Any) -> dict[str, Any]:
    return {"type": "per_transaction", "max": most, "currency": "EUR", "exponent": 2, **more}


@pytest.mark.parametrize(
    ("limit", "wider"),
    [
        (euros("total", 3_000), {"amount": 4_000}),
        (euros("per_period", 3_500, **MONTH), {"amount": 4_000}),
        (one_purchase(3_999), {"max": 4_000}),
        (one_purchase(9_000, min=5_000), {"max": 9_000, "min": 4_000}),
        (euros("rolling", 3_500, window="P7D"), {"amount": 4_000}),
        ({"type": "count", "max": 0}, {"max": 1}),
        ({"type": "velocity", "max": 0, "window": "PT1H"}, {"max": 1}),
        ({"type": "countries", "allow": ["FR"]}, {"allow": ["FR", "DE"]}),
        ({"type": "categories", "allow": ["5000-5100"]}, {"allow": ["5000-5100", "5734"]}),
        ({"type": "currencies", "allow": ["USD"]}, {"allow": ["USD", "EUR"]}),
        ({"type": "actions", "allow": ["/travel"]}, {"allow": ["/travel", "/commerce/pay/once"]}),
    ],
    ids=lambda value: value.get("type", "") if isinstance(value, dict) else "",
)
def test_it_says_how_the_limit_of_its_own_link_would_have_to_read(shop, buyer, grant, limit, wider):
    leaf = grant(buyer, limit)
    decided = shop.spend(buyer, leaf, 4_000)
    (written,) = leaf.constraints
    assert told(decided) == {
        "code": "insufficient_delegation",
        "suggested_limits": [{"link": 0, "id": written["id"], "limit": {**written, **wider}}],
    }


def test_a_list_of_payees_would_have_to_name_the_vendor(shop, buyer, grant):
    leaf = grant(buyer, {"type": "payees", "allow": ["did:web:other.example"]})
    (suggested,) = told(shop.spend(buyer, leaf))["suggested_limits"]
    assert suggested["limit"]["allow"] == ["did:web:other.example", shop.vendor.did]


def test_every_refusal_that_has_a_remedy_is_a_known_one():
    assert remedies.keys() <= DECLINE_CODES.keys()


def test_what_was_used_counts_in_what_would_be_needed(shop, buyer, grant):
    leaf = grant(buyer, euros("total", 6_000))
    assert shop.spend(buyer, leaf, 4_000).verdict == "approved"
    (suggested,) = told(shop.spend(buyer, leaf, 4_000))["suggested_limits"]
    assert suggested["limit"]["amount"] == 8_000


def test_a_purchase_that_the_suggestion_allows_passes(shop, buyer, grant):
    (suggested,) = told(shop.spend(buyer, grant(buyer, euros("total", 3_000)), 4_000))["suggested_limits"]
    assert shop.spend(buyer, grant(buyer, suggested["limit"]), 4_000).verdict == "approved"


def test_it_names_an_ancestors_limit_without_its_figures(shop, planner, buyer, grant, pass_on):
    """What is left above would tell a sub-agent how others spend."""
    root = grant(planner, euros("total", 3_210), max_further_depth=1)
    decided = shop.spend(buyer, pass_on(root, planner, buyer), 4_000)
    assert told(decided)["suggested_limits"][0] == {"link": 0, "id": root.constraints[0]["id"]}
    assert not {"3210", "32.10"} & set(json.dumps(told(decided)).split('"'))


def test_it_suggests_nothing_where_a_wider_link_would_not_have_helped(shop, buyer, grant):
    leaf = grant(buyer, euros("total", 3_000))
    assert told(shop.spend(buyer, leaf, 4_000, vendor="did:web:other.example")) is None
    assert told(shop.spend(buyer, grant(buyer, TOTAL_500), 4_000)) is None


def test_a_vendor_is_not_told(shop, buyer, grant):
    assert told(shop.spend(buyer, grant(buyer, euros("total", 3_000)), 4_000), Tier.VENDOR) is None
