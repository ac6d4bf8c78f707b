"""The sandbox stays apart: from money, from standings, from scores, and from everybody who is real."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from identity.accounts.models import Organization, User
from identity.accounts.organizations import create_organization
from identity.agents.models import Agent
from identity.credentials.issuers import reencrypt_registry_keys
from identity.delegation.constraints import parse_constraints
from identity.delegation.delegate import delegate_root, strong_sign_in_evidence
from identity.delegation.link import Terms
from identity.delegation.models import Delegation
from identity.delegation.sandbox import SANDBOX_SIGN_IN
from identity.journal.actor import Actor
from identity.primitives.errors import InvalidInput
from identity.primitives.money import EXPONENTS, SANDBOX_CURRENCY, Money
from identity.spending.models import Authorization, Budget
from registry.resolution.resolve import resolve
from registry.sandbox.models import SandboxPart, SandboxParty, SandboxRun
from registry.sandbox.parties import sandbox_parties
from registry.sandbox.progress import Step
from registry.sandbox.story import go_on
from reputation.moderation.models import ReportKind
from reputation.moderation.standing_to_report import Reporter, voice_of
from reputation.scoring.models import ReceiptEvidence
from reputation.scoring.receipts import note_ended, settle_receipts
from tests.spending.conftest import (
    TOTAL_500,
    Holder,
    Shop,
    buyer,
    grant,
    make_holder,
    make_terms,
    nordlicht,
    shop,
)

__all__ = ["buyer", "grant", "make_holder", "nordlicht", "shop"]

pytestmark = pytest.mark.django_db
XTS: dict[str, Any] = {"currency": "XTS", "exponent": 2}
TOTAL_XTS = {"type": "total", "amount": 5_000, **XTS, "refundRestores": True}


@pytest.fixture
def sandbox_agent(begun: SandboxRun) -> Agent:
    return SandboxParty.objects.get(part=SandboxPart.AGENT).agent


@pytest.fixture
def sandbox_shop(begun: SandboxRun) -> Agent:
    return SandboxParty.objects.get(part=SandboxPart.SHOP).agent


def lend_to(agent: Agent, principal: Organization, terms: Terms, actor: Actor, at: datetime) -> Delegation:
    return delegate_root(
        principal=principal,
        agent=agent,
        terms=terms,
        evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
        actor=actor,
        at=at,
    )


def test_its_currency_is_written_and_read_as_money_and_offered_nowhere() -> None:
    assert Money(4_500, SANDBOX_CURRENCY).digits() == "45.00 XTS"
    assert Money.from_claim({"amount": 1, "currency": "XTS", "exponent": 2}) == Money(1, "XTS")
    assert SANDBOX_CURRENCY not in EXPONENTS


@pytest.mark.parametrize(
    "limits",
    [
        [TOTAL_500],
        [TOTAL_XTS, TOTAL_500],
        [TOTAL_XTS, {"type": "step_up", "when": {"amountOver": 1, "currency": "EUR", "exponent": 2}}],
        [TOTAL_XTS, {"type": "currencies", "allow": ["EUR", "XTS"]}],
        [{"type": "count", "max": 3}],
    ],
)
def test_its_agent_is_lent_nothing_but_play_money(
    limits: list[dict[str, Any]], sandbox_agent: Agent, acme: Organization, by_alice: Actor, at: datetime
) -> None:
    with pytest.raises(InvalidInput) as refused:
        lend_to(sandbox_agent, acme, make_terms(at, *limits), by_alice, at)
    assert refused.value.code == "sandbox_only"


def test_its_agent_passes_nothing_on(sandbox_agent: Agent, acme: Organization, by_alice: Actor, at: datetime) -> None:
    with pytest.raises(InvalidInput) as refused:
        lend_to(sandbox_agent, acme, make_terms(at, TOTAL_XTS, max_further_depth=1), by_alice, at)
    assert refused.value.code == "sandbox_only"


def test_nobody_elses_agent_is_lent_play_money(
    buyer: Holder, acme: Organization, by_alice: Actor, at: datetime
) -> None:
    with pytest.raises(InvalidInput) as refused:
        lend_to(buyer.agent, acme, make_terms(at, TOTAL_XTS), by_alice, at)
    assert refused.value.code == "sandbox_only"


def test_a_consent_of_the_sandbox_counts_for_nothing_else(
    buyer: Holder, acme: Organization, by_alice: Actor, at: datetime
) -> None:
    with pytest.raises(InvalidInput) as refused:
        delegate_root(
            principal=acme,
            agent=buyer.agent,
            terms=make_terms(at, TOTAL_500),
            evidence=strong_sign_in_evidence(method=SANDBOX_SIGN_IN, signed_in_at=at),
            actor=by_alice,
            at=at,
        )
    assert refused.value.code == "consent_invalid"


def test_no_other_shop_is_paid_in_play_money(buyer: Holder, shop: Shop, grant: Callable[..., Delegation]) -> None:
    unlimited = grant(buyer, {"type": "count", "max": 3})
    decided = shop.spend(buyer, unlimited, 100, currency="XTS")
    assert decided.verdict == "declined"
    assert [reason["code"] for reason in decided.record["reasons"]] == ["currency_not_allowed"]


def test_the_database_too_refuses_play_money_at_another_shop(lent: SandboxRun, shop: Shop, at: datetime) -> None:
    go_on(run=lent, step=Step.BUY, at=at)
    elsewhere = Authorization.objects.get()
    elsewhere.pk, elsewhere.vendor = "aut_elsewhere", shop.vendor.pk
    with pytest.raises(IntegrityError, match="in the sandbox only"), transaction.atomic():
        elsewhere.save(force_insert=True)


def test_nobody_gets_an_answer_about_it_from_the_register(
    sandbox_agent: Agent, sandbox_shop: Agent, client: Client, at: datetime
) -> None:
    for agent in (sandbox_agent, sandbox_shop):
        multikey = agent.verification_methods.get().multikey
        for query in (agent.did, f"did:key:{multikey}"):
            assert resolve(query, at=at).status == 404
        assert client.get(f"/v1/resolve/{agent.did}").status_code == 404
        assert client.get(f"/a/{agent.did}").status_code == 404


def test_it_is_in_no_search(sandbox_shop: Agent, client: Client) -> None:
    assert sandbox_shop.did not in client.get("/search", {"q": "sandbox"}).content.decode()
    assert client.get("/v1/search", {"q": "sandbox"}).json()["items"] == []


def test_nobody_reports_it(sandbox_shop: Agent, hers: Organization, at: datetime) -> None:
    with pytest.raises(InvalidInput) as refused:
        voice_of(
            by=Reporter(organization=hers), about=sandbox_shop, kind=ReportKind.IMPERSONATION, authorization="", at=at
        )
    assert refused.value.code == "sandbox_only"


def test_it_counts_in_no_score_and_in_no_limit_of_the_registrys(lent: SandboxRun, at: datetime) -> None:
    for step in (Step.BUY, Step.CHARGE):
        go_on(run=lent, step=step, at=at)
    bought = Authorization.objects.get()
    assert sum(each.held + each.captured for each in Budget.objects.filter(pk__contains=":X1:")) == 0
    note_ended([bought.pk])
    settle_receipts(at=at + timedelta(days=365))
    assert not ReceiptEvidence.objects.exists()


def test_nobody_makes_another_one(alice: User, by_alice: Actor, at: datetime) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_organization(name="Mine", kind="sandbox", owner=alice, actor=by_alice, at=at)
    assert refused.value.code == "organization_kind_unknown"


def test_everybody_shares_one_shop_and_one_agent(begun: SandboxRun, at: datetime) -> None:
    first, second = sandbox_parties(at=at), sandbox_parties(at=at)
    assert (first.agent, first.shop) == (second.agent, second.shop)
    assert Organization.objects.filter(kind="sandbox").count() == 1
    assert not Organization.objects.get(kind="sandbox").memberships.exists()


def test_its_keys_are_sealed_and_change_their_seal_with_the_others(lent: SandboxRun, at: datetime) -> None:
    before = {each.part: bytes(each.private_key_encrypted) for each in SandboxParty.objects.all()}
    assert not any(b"PRIVATE KEY" in sealed for sealed in before.values())
    reencrypt_registry_keys()
    after = {each.part: bytes(each.private_key_encrypted) for each in SandboxParty.objects.all()}
    assert all(before[part] != after[part] for part in before)
    go_on(run=lent, step=Step.BUY, at=at)
    assert Authorization.objects.count() == 1


def test_its_limits_are_read_as_any_others(lent: SandboxRun) -> None:
    delegation = Delegation.objects.get()
    assert [each.kind for each in parse_constraints(delegation.constraints)] == [
        "total",
        "per_transaction",
        "step_up",
    ]
    assert "200.00 XTS" in delegation.sentence
