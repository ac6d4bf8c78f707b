"""Every decision leaves evidence in its own transaction; each party reads its part; a dry run leaves nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from identity.credentials.issuers import current_signer
from identity.credentials.jws import parse_jws, signature_holds
from identity.delegation.offer import Offer, sign_offer
from identity.journal.actor import system
from identity.primitives.canonical import canonicalize
from identity.primitives.money import Money
from identity.spending.authorize import authorize_spend
from identity.spending.disclosure import Tier, answer_for_vendor, disclosed
from identity.spending.models import Authorization, Budget, Decision, IntentNonce, Posting

from .conftest import TOTAL_500, Holder, euros

pytestmark = pytest.mark.django_db
BY = system("tests")


def test_it_keeps_a_canonical_record_whose_digest_the_receipt_signs(shop, buyer, grant):
    decided = shop.spend(buyer, grant(buyer, TOTAL_500))
    record = bytes(Decision.objects.get(pk=decided.id).record)
    assert record == canonicalize(json.loads(record))
    receipt = parse_jws(decided.receipt)
    assert signature_holds(receipt, public_key=current_signer().public_key)
    assert receipt.payload["record_digest"] == sha256(record).hexdigest()
    assert (receipt.payload["sub"], receipt.payload["aud"]) == (buyer.agent.did, shop.vendor.did)


def test_it_salts_the_record_so_that_its_digest_tells_nothing(shop, buyer, grant):
    """A vendor holds the digest and could try what was used before until one fits."""
    decided = [shop.spend(buyer, grant(buyer, TOTAL_500)) for _ in range(2)]
    salts = {one.record["salt"] for one in decided}
    assert len(salts) == 2
    assert all(len(salt) == 32 for salt in salts)
    told = [
        json.dumps(disclosed(one.record, one.receipt, tier)) for one in decided for tier in (Tier.VENDOR, Tier.AGENT)
    ]
    assert not any(salt in text for salt in salts for text in told)


def test_it_names_what_it_saw_of_every_link_and_limit(shop, planner, buyer, grant, pass_on):
    root = grant(planner, TOTAL_500, max_further_depth=1)
    leaf = pass_on(root, planner, buyer, euros("total", 9_000))
    record = shop.spend(buyer, leaf).record
    assert [(link["id"], link["digest"], link["status"]) for link in record["chain"]] == [
        (root.pk, root.digest, "active"),
        (leaf.pk, leaf.digest, "active"),
    ]
    assert [(limit["link"], limit["before"], limit["delta"], limit["cap"]) for limit in record["limits"]] == [
        (0, 0, 4_000, 50_000),
        (1, 0, 4_000, 9_000),
        (-1, 0, 4_000, 500_000),
    ]
    assert [limit["type"] for limit in record["limits"]] == ["total", "total", "exposure_ceiling"]


def test_it_leaves_the_ledger_as_it_is_after_a_dry_run(shop, buyer, grant):
    leaf = grant(buyer, TOTAL_500)
    decided = shop.spend(buyer, leaf, is_dry_run=True)
    assert (decided.verdict, decided.decision_class, decided.authorization) == ("approved", "D0", None)
    assert answer_for_vendor(decided.record, decided.receipt)["binding"] is False
    counts = [model.objects.count() for model in (Authorization, Posting, IntentNonce)]
    assert counts == [0, 0, 0]
    assert all(budget.held == 0 for budget in Budget.objects.all())
    assert Decision.objects.get().decision_class == "D0"


def test_a_declined_intent_may_be_sent_again(shop, buyer, grant):
    leaf = grant(buyer, euros("total", 4_000))
    first = shop.spend(buyer, leaf, hold_for=timedelta(minutes=1))
    intent = shop.intent(buyer, leaf, at=shop.at + timedelta(seconds=30))
    order = shop.order(intent)
    assert authorize_spend(order, actor=BY, at=shop.at + timedelta(seconds=30)).verdict == "declined"
    later = shop.at + timedelta(seconds=90)
    assert authorize_spend(order, actor=BY, at=later).verdict == "approved"
    replayed = authorize_spend(order, actor=BY, at=later)
    assert replayed.record["reasons"][0]["code"] == "agent_proof_replayed"
    assert first.verdict == "approved"


@pytest.fixture
def used_root(shop, planner, grant, pass_on, make_holder):
    """A root of 90 EUR of which another child has used 60."""
    root = grant(planner, euros("total", 9_000), max_further_depth=1)
    other = make_holder("Other")
    assert shop.spend(other, pass_on(root, planner, other), 6_000).verdict == "approved"
    return root


def test_a_vendor_cannot_tell_whose_limit_it_was(shop, planner, buyer, grant, pass_on, used_root):
    """Equal requests that fail at the root's total, the leaf's total, the root's month: one answer but for the ids."""
    month = {"period": "month", "alignment": "calendar", "timezone": "UTC"}
    leaves = [
        pass_on(used_root, planner, buyer, euros("total", 8_000)),
        pass_on(grant(planner, TOTAL_500, max_further_depth=1), planner, buyer, euros("total", 1_000)),
        pass_on(grant(planner, euros("per_period", 1_000, **month), max_further_depth=1), planner, buyer),
    ]
    answers = []
    for leaf in leaves:
        decided = shop.spend(buyer, leaf)
        answer = answer_for_vendor(decided.record, "")
        answers.append({name: value for name, value in answer.items() if name != "decision_id"})
        vendor = disclosed(decided.record, "", Tier.VENDOR)
        assert "limits" not in vendor
        assert "reasons" not in vendor
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["reasons"] == [{"code": "limit_exceeded"}]


def test_an_agent_reads_the_figures_of_its_own_link_only(shop, planner, buyer, pass_on, used_root):
    leaf = pass_on(used_root, planner, buyer, euros("total", 2_000))
    seen = disclosed(shop.spend(buyer, leaf).record, "", Tier.AGENT)
    assert [limit["cap"] for limit in seen["limits"]] == [2_000]
    own, above = (next(one for one in seen["reasons"] if one["link"] == depth) for depth in (1, 0))
    assert "20.00 EUR" in own["detail"]
    assert "detail" not in above


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"vendor": "did:web:other.example"}, "audience_mismatch"),
        ({"ledger": "did:web:other.example"}, "ledger_mismatch"),
        ({"agent": "did:web:other.example"}, "holder_mismatch"),
    ],
)
def test_it_declines_an_intent_that_is_meant_otherwise(shop, buyer, grant, change, code):
    decided = authorize_spend(shop.order(shop.intent(buyer, grant(buyer, TOTAL_500), **change)), actor=BY, at=shop.at)
    assert (decided.verdict, decided.record["reasons"][0]["code"]) == ("declined", code)


def test_it_declines_the_signature_of_another_key(shop, buyer, planner, grant):
    thief = Holder(buyer.agent, planner.private_key)
    decided = shop.spend(thief, grant(buyer, TOTAL_500))
    assert decided.record["reasons"][0]["code"] == "agent_proof_invalid"


def test_it_declines_an_intent_that_is_too_old(shop, buyer, grant):
    order = shop.order(shop.intent(buyer, grant(buyer, TOTAL_500)))
    decided = authorize_spend(order, actor=BY, at=shop.at + timedelta(seconds=300))
    assert decided.record["reasons"][0]["code"] == "agent_proof_expired"


@pytest.mark.parametrize(("amount", "signed"), [(4_001, 4_000), (4_000, 3_999)])
def test_a_vendor_cannot_ask_for_more_than_was_signed(shop, buyer, grant, amount, signed):
    order = shop.order(shop.intent(buyer, grant(buyer, TOTAL_500), signed), amount)
    decided = authorize_spend(order, actor=BY, at=shop.at)
    assert decided.record["reasons"][0]["code"] == "amount_invalid"


@pytest.mark.parametrize("is_own", [True, False])
def test_it_takes_the_vendors_own_offer_only(shop, buyer, planner, grant, make_holder, charlie, at, is_own):
    leaf, seller = grant(buyer, TOTAL_500), make_holder("Seller")
    offer = Offer(
        vendor=shop.vendor.did,
        agent=buyer.agent.did,
        total=Money(4_000, "EUR"),
        items_digest="sha-256:" + "0" * 64,
        nonce="n" * 20,
        issued_at=at,
        expires_at=at + timedelta(minutes=5),
    )
    token = sign_offer(offer if not is_own else replace(offer, vendor=seller.agent.did), signer=seller.signer)
    digest = "sha-256:" + sha256(token.encode()).hexdigest()
    vendor = seller.agent if is_own else shop.vendor
    intent = shop.intent(buyer, leaf, vendor=vendor.did, offer_digest=digest)
    order = replace(shop.order(intent, offer=token), vendor=vendor.pk, vendor_did=vendor.did)
    codes = [one["code"] for one in authorize_spend(order, actor=BY, at=at).record["reasons"]]
    assert ("offer_invalid" in codes) is not is_own
    if is_own:
        seller.agent.verification_methods.update(revoked_at=at)
        order = replace(order, intent=shop.intent(buyer, leaf, vendor=vendor.did, offer_digest=digest, nonce="m" * 20))
        codes = [one["code"] for one in authorize_spend(order, actor=BY, at=at).record["reasons"]]
        assert "offer_invalid" in codes
