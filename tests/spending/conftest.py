"""Anna gives a planner authority, the planner passes part of it on to a buyer; Nordlicht sells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from identity.accounts.models import ServiceKey
from identity.accounts.organizations import personal_organization
from identity.accounts.permissions import Permission
from identity.accounts.service_keys import create_service_key
from identity.agents.addresses import registry_did
from identity.agents.models import Agent
from identity.agents.vendors import register_vendor, set_vendor_assurance
from identity.credentials.proofs import eddsa_jcs_2022
from identity.delegation.constraints import complete_draft, parse_constraints
from identity.delegation.delegate import delegate_root, draft_root, strong_sign_in_evidence
from identity.delegation.intent import Intent, sign_intent
from identity.delegation.link import Terms
from identity.delegation.models import Delegation, PendingRaise
from identity.delegation.pass_on import draft_child, register_child
from identity.delegation.proof import CHILD_PURPOSE
from identity.journal.actor import Actor, ActorKind, system
from identity.primitives.money import Money
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner
from identity.spending.attempt import Decided
from identity.spending.authorize import Order, authorize_spend
from identity.spending.raises import ask_raise


@dataclass
class Holder:
    """An agent with the key that it signs with."""

    agent: Agent
    private_key: PrivateKey

    @property
    def signer(self) -> LocalSigner:
        return LocalSigner(self.private_key, f"{self.agent.did}#key-1")


@dataclass
class Shop:
    """Everything a test needs to spend: who may, how to ask, and the vendor that is asked for."""

    vendor: Agent
    at: datetime
    nonces: set[str] = field(default_factory=set)

    def intent(self, holder: Holder, leaf: Delegation, amount: int = 4000, **changes: Any) -> str:
        at = changes.pop("at", self.at)
        currency = changes.pop("currency", "EUR")
        most = changes.pop("max_amount", amount)
        values: dict[str, Any] = {
            "agent": holder.agent.did,
            "vendor": self.vendor.did,
            "ledger": registry_did(),
            "delegation": leaf.pk,
            "action": "/commerce/pay/once",
            "order_hash": "sha-256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
            "nonce": uuid4().hex,
            "issued_at": at,
            "expires_at": at + timedelta(seconds=300),
            **changes,
        }
        money = {"amount": Money(amount, currency), "max_amount": Money(most, currency)}
        return sign_intent(Intent(**values, **money), signer=holder.signer)

    def order(self, intent: str, amount: int = 4000, *, currency: str = "EUR", **changes: Any) -> Order:
        return Order(
            intent=intent, vendor=self.vendor.pk, vendor_did=self.vendor.did, amount=Money(amount, currency), **changes
        )

    def spend(self, holder: Holder, leaf: Delegation, amount: int = 4000, **changes: Any) -> Decided:
        """Sign an intent and have it decided, as the vendor."""
        at = changes.get("at", self.at)
        names = {"approval", "is_dry_run", "caller_key", "fingerprint", "tolerance_percent", "hold_for", "order_hash"}
        ordered = {name: changes.pop(name) for name in names & set(changes)}
        currency = changes.get("currency", "EUR")
        order = self.order(self.intent(holder, leaf, amount, **changes), amount, currency=currency, **ordered)
        return authorize_spend(order, actor=Actor(ActorKind.AGENT, self.vendor.pk), at=at)


def euros(kind: str, amount: int, **more: Any) -> dict[str, Any]:
    name = "max" if kind == "per_transaction" else "amount"
    return {"type": kind, name: amount, "currency": "EUR", "exponent": 2, **more}


TOTAL_500 = euros("total", 50_000, refundRestores=True)


@pytest.fixture
def make_holder(
    acme: Any, make_agent: Callable[..., Agent], make_well_known: Callable[..., Any]
) -> Callable[..., Holder]:
    def make(name: str = "Buyer", organization: Any = None, *, is_well_known: bool = True) -> Holder:
        private_key = PrivateKey.generate()
        accountable = organization or acme
        if is_well_known:
            make_well_known(accountable)
        return Holder(make_agent(accountable, name, private_key=private_key), private_key)

    return make


@pytest.fixture
def buyer(make_holder: Callable[..., Holder]) -> Holder:
    return make_holder("Buyer")


@pytest.fixture
def planner(make_holder: Callable[..., Holder]) -> Holder:
    return make_holder("Planner")


@pytest.fixture
def nordlicht(charlie: Any, make_agent: Callable[..., Agent], at: datetime) -> Agent:
    """Charlie's shop: German, sells computers, its legal entity is verified."""
    from identity.accounts.organizations import personal_organization

    agent = make_agent(personal_organization(charlie, at), "Nordlicht Hardware")
    domain = ["nordlicht.example"]
    vendor = register_vendor(
        agent=agent, mcc="5734", country="DE", domains=domain, proven_domains=domain, actor=system("tests"), at=at
    )
    set_vendor_assurance(vendor=vendor, level=2, actor=system("tests"), at=at)
    return agent


@pytest.fixture
def service_key(charlie: Any, at: datetime) -> tuple[ServiceKey, str]:
    """One of those who sell as Nordlicht, in use, that may authorize; and its token."""
    key, token = create_service_key(
        organization=personal_organization(charlie, at),
        name="shop",
        scopes=[Permission.AUTHORIZATIONS_WRITE],
        expires_at=None,
        actor=system("tests"),
        at=at,
        created_by=charlie,
    )
    ServiceKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return key, token


@pytest.fixture
def token(service_key: tuple[ServiceKey, str]) -> str:
    return service_key[1]


@pytest.fixture
def shop(nordlicht: Agent, at: datetime) -> Shop:
    return Shop(nordlicht, at)


@pytest.fixture
def grant(acme: Any, at: datetime) -> Callable[..., Delegation]:
    """A root of Acme's for an agent, by the real use case."""

    def make(
        holder: Holder, *constraints: dict[str, Any], principal: Any = None, replaces: Any = None, **terms: Any
    ) -> Delegation:
        return delegate_root(
            principal=principal or acme,
            agent=holder.agent,
            terms=make_terms(at, *constraints, **terms),
            evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
            replaces=replaces,
            actor=system("tests"),
            at=at,
        )

    return make


@pytest.fixture
def ask_wider(acme: Any, at: datetime) -> Callable[..., PendingRaise]:
    """Somebody agrees to 800 EUR in the place of what a root of Acme's allows."""

    def ask(old: Delegation, actor: Actor) -> PendingRaise:
        terms = make_terms(at, euros("total", 80_000, refundRestores=True))
        draft = draft_root(principal=acme, agent=old.agent, terms=terms, replaces=old, at=at)
        evidence = strong_sign_in_evidence(method="webauthn", signed_in_at=at)
        return ask_raise(draft=draft, evidence=evidence, actor=actor, at=at)

    return ask


@pytest.fixture
def pass_on(at: datetime) -> Callable[..., Delegation]:
    """A child signed by the parent's agent."""

    def make(
        parent: Delegation, issuer: Holder, holder: Holder, *constraints: dict[str, Any], **terms: Any
    ) -> Delegation:
        draft = draft_child(parent=parent, agent=holder.agent, terms=make_terms(at, *constraints, **terms), at=at)
        signed = eddsa_jcs_2022.secure(draft.document, signer=issuer.signer, created=at, purpose=CHILD_PURPOSE)
        return register_child(credential=signed, actor=Actor(ActorKind.AGENT, issuer.agent.pk), at=at)

    return make


def make_terms(at: datetime, *constraints: dict[str, Any], **terms: Any) -> Terms:
    values: dict[str, Any] = {
        "valid_from": at - timedelta(days=1),
        "valid_until": at + timedelta(days=30),
        **terms,
    }
    return Terms(constraints=parse_constraints(complete_draft(list(constraints))), **values)
