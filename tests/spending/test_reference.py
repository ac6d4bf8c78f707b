"""The reference page names what there is: fields, states, codes, claims."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rest_framework import serializers

from identity.delegation.models import Delegation
from identity.delegation.offer import CLAIMS
from identity.spending.models import (
    ApprovalState,
    AuthorizationState,
    CloseReason,
    DecisionClass,
    Settlement,
    SettlementKind,
    Verdict,
)
from identity.spending.settle import capture
from registry.api.catalogue.spending import PROBLEMS
from registry.api.v1 import spending_shapes as shapes
from tests.spending.conftest import TOTAL_500, Holder, Shop

TEXT = (Path(__file__).parents[2] / "docs" / "reference" / "authorizations.md").read_text(encoding="utf-8")
SHAPES = [
    shape
    for shape in vars(shapes).values()
    if isinstance(shape, type) and issubclass(shape, serializers.Serializer) and shape.__module__ == shapes.__name__
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_it_names_every_field(shape: type[serializers.Serializer[Any]]) -> None:
    assert {name for name in shape().fields if f"`{name}`" not in TEXT} == set()


@pytest.mark.parametrize(
    "word",
    [*AuthorizationState, *CloseReason, *Verdict, *DecisionClass, *SettlementKind, *ApprovalState, *sorted(CLAIMS)],
)
def test_it_names_every_state_kind_and_claim(word: str) -> None:
    assert f"`{word}`" in TEXT


@pytest.mark.parametrize("code", PROBLEMS)
def test_it_tells_every_problem_as_it_is(code: str) -> None:
    assert f"\n| `{code}` | {PROBLEMS[code].status} | {PROBLEMS[code].title} |" in TEXT


def test_it_names_no_problem_that_is_none() -> None:
    table = TEXT.partition("## Problems")[2]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == set(PROBLEMS)


@pytest.mark.django_db
def test_it_names_every_claim_of_a_receipt(
    grant: Callable[..., Delegation], buyer: Holder, shop: Shop, at: Any
) -> None:
    decided = shop.spend(buyer, grant(buyer, TOTAL_500))
    assert decided.authorization is not None
    settled: Settlement = capture(
        authorization_id=decided.authorization,
        vendor=shop.vendor.pk,
        amount=1,
        currency="EUR",
        actor=shop_actor(shop),
        at=at,
    )
    table = TEXT.partition("## Receipts")[2].partition("## Evidence")[0]
    for token in (decided.receipt, settled.receipt):
        payload = token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert {name for name in claims if f"`{name}`" not in table} == set()


def shop_actor(shop: Shop) -> Any:
    from identity.journal.actor import Actor, ActorKind

    return Actor(ActorKind.AGENT, shop.vendor.pk)
