"""A morning of Acme's, for tests that look at pages: a planner with limits passes part of them on to a buyer, who has
bought, was refused, and waits for Alice's answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from identity.accounts.models import User
from identity.delegation.delegate import draft_root
from identity.delegation.models import Delegation, DelegationDraft
from identity.journal.actor import Actor, ActorKind
from identity.spending.answers import approve, decline
from identity.spending.models import Approval
from tests.spending.conftest import (
    TOTAL_500,
    Holder,
    Shop,
    buyer,
    euros,
    grant,
    make_holder,
    make_terms,
    nordlicht,
    pass_on,
    planner,
    shop,
)

__all__ = [
    "Scene",
    "asking_purchase",
    "buyer",
    "grant",
    "make_holder",
    "morning",
    "nordlicht",
    "pass_on",
    "planner",
    "shop",
]
MONTHLY_150 = euros("per_period", 15_000, period="month", alignment="calendar", timezone="Europe/Berlin")
ASK_ABOVE_25 = {"type": "step_up", "when": {"amountOver": 2500, "currency": "EUR", "exponent": 2}}
LIMITS = (TOTAL_500, MONTHLY_150, ASK_ABOVE_25)
NOTE = "The old router fails every evening; this one was reviewed best, and the offer ends at noon."
ORDER = "1 × Nordlicht AX-5400 mesh router with two satellites, delivered on Tuesday"


@dataclass
class Scene:
    root: Delegation
    child: Delegation
    draft: DelegationDraft
    """What Alice has filled in, but not signed."""
    pending: Approval
    answered: list[Approval] = field(default_factory=list)


@pytest.fixture
def asking_purchase(shop: Shop) -> Callable[..., Approval]:
    """A purchase that needs a human's word, asked for as the vendor does."""

    def ask(holder: Holder, leaf: Delegation, amount: int, **changes: Any) -> Approval:
        decided = shop.spend(holder, leaf, amount, **changes)
        assert decided.verdict == "step_up_required"
        return Approval.objects.get(pk=decided.approval)

    return ask


@pytest.fixture
def morning(
    acme: Any,
    alice: User,
    planner: Holder,
    buyer: Holder,
    shop: Shop,
    grant: Callable[..., Delegation],
    pass_on: Callable[..., Delegation],
    asking_purchase: Callable[..., Approval],
) -> Scene:
    at = shop.at
    root = grant(planner, *LIMITS, max_further_depth=2)
    child = pass_on(root, planner, buyer, *LIMITS, max_further_depth=1)
    for amount in (2_000, 1_999, 2_500):
        assert shop.spend(buyer, child, amount).verdict == "approved"
    by_alice = Actor(ActorKind.USER, alice.pk)
    yes, no = asking_purchase(buyer, child, 4_000), asking_purchase(buyer, child, 4_900)
    evidence = {"type": "StrongSignIn", "method": "webauthn", "signedInAt": at.isoformat()}
    approve(approval=yes, approver=alice, evidence=evidence, actor=by_alice, at=at)
    decline(approval=no, approver=alice, actor=by_alice, at=at)
    draft = draft_root(principal=acme, agent=planner.agent, terms=make_terms(at, *LIMITS), at=at)
    pending = asking_purchase(buyer, child, 12_949)
    pending.agent_note, pending.transaction["order_display"] = NOTE, ORDER
    pending.save(update_fields=["agent_note", "transaction"])
    return Scene(root, child, draft, pending, [yes, no])
