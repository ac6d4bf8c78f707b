"""A link replaced in the middle of a purchase: what happens to it afterwards still adds up."""

from __future__ import annotations

import pytest

from identity.delegation.capacity import capacities
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.models import Delegation
from identity.delegation.revoke import RevocationReason
from identity.journal.actor import system
from identity.primitives.errors import Conflict
from identity.spending import links
from identity.spending.expiry import open_holds_on, void_ended
from identity.spending.models import Authorization, Budget
from identity.spending.reconcile import reconcile
from identity.spending.settle import capture, refund, void
from tests.spending.conftest import TOTAL_500, euros, make_terms

pytestmark = pytest.mark.django_db(transaction=True)
BY = system("tests")


@pytest.fixture
def root(buyer, acme, at):
    def lend(replaces=None):
        return links.delegate_root(
            principal=acme,
            agent=buyer.agent,
            terms=make_terms(at, TOTAL_500, euros("rolling", 20_000, window="P1D")),
            evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
            replaces=replaces,
            actor=BY,
            at=at,
        )

    return lend


def test_it_carries_a_hold_that_was_captured_and_refunded_in_part(shop, buyer, root, at):
    old = root()
    held = shop.spend(buyer, old, 10_000).authorization
    step = {"authorization_id": held, "vendor": shop.vendor.pk, "actor": BY, "at": at}
    capture(**step, amount=6_000, currency="EUR")
    refund(**step, amount=3_000)
    new = root(replaces=old)
    refund(**step, amount=3_000)
    capture(**step, amount=1_000, currency="EUR")
    void(authorization_id=held, actor=BY, at=at)
    total, rolling = (Budget.objects.get(pk__startswith=f"{new.pk}:{limit}:") for limit in ("L1", "L2"))
    assert (total.held, total.captured) == (0, 1_000)
    assert (rolling.held, rolling.captured) == (0, 7_000)
    assert reconcile() == ()


def test_the_revocation_of_a_replacement_ends_the_holds_that_it_took_over(shop, buyer, root, acme, at):
    """A card that was changed and then revoked: what was held before the change is not to be charged after it."""
    old = root()
    held = shop.spend(buyer, old, 10_000).authorization
    new = root(replaces=root(replaces=old))
    assert [hold.pk for hold in open_holds_on(new.pk)] == [held]
    reason = RevocationReason.NO_LONGER_NEEDED
    links.revoke(delegation=new, reason=reason, capacities=capacities(new, organization=acme), actor=BY, at=at)
    assert Authorization.objects.get().close_reason == "revoked"
    with pytest.raises(Conflict, match="released"):
        capture(authorization_id=held, vendor=shop.vendor.pk, amount=1_000, currency="EUR", actor=BY, at=at)
    assert reconcile() == ()


@pytest.mark.parametrize(("status", "refused"), [("suspended", "hold_suspended"), ("revoked", "hold_already_voided")])
def test_a_hold_follows_the_standing_of_the_replacement(shop, buyer, root, at, status, refused):
    """Whether the holds were swept or not, a capture looks at the link that stands now."""
    old = root()
    held = shop.spend(buyer, old, 10_000).authorization
    new = root(replaces=old)
    step = {"authorization_id": held, "vendor": shop.vendor.pk, "currency": "EUR", "actor": BY, "at": at}
    capture(**step, amount=1_000)
    Delegation.objects.filter(pk=new.pk).update(status=status, status_reason="unspecified", status_set_by="registry")
    with pytest.raises(Conflict) as refusal:
        capture(**step, amount=2_000)
    assert refusal.value.code == refused


def test_the_sweep_finds_the_holds_of_a_revoked_replacement(shop, buyer, root, at):
    old = root()
    shop.spend(buyer, old, 10_000)
    new = root(replaces=old)
    assert void_ended(at=at) == 0
    Delegation.objects.filter(pk=new.pk).update(status="revoked", status_reason="misuse", status_set_by="registry")
    assert void_ended(at=at) == 1
