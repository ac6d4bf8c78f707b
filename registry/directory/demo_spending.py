"""The demo of delegation: Alice lends her concierge an authority, it passes a part on to a booker, which buys at a shop
of the demo; and a question waits for Alice. Every step is the one that anybody would take."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction

from identity.accounts.models import Organization, User
from identity.accounts.noted_assurance import note_assurance
from identity.accounts.organizations import VERIFIED_ENTITY_LEVEL, personal_organization, update_organization
from identity.agents.addresses import registry_did
from identity.agents.models import Agent, Vendor
from identity.agents.vendors import register_vendor
from identity.credentials.proofs import eddsa_jcs_2022
from identity.delegation.constraints import complete_draft, parse_constraints
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.intent import Intent, sign_intent
from identity.delegation.link import Terms
from identity.delegation.models import Delegation
from identity.delegation.offer import digest_of_items
from identity.delegation.pass_on import draft_child
from identity.delegation.proof import CHILD_PURPOSE
from identity.journal.actor import Actor, ActorKind, system
from identity.primitives.errors import NotFound
from identity.primitives.money import Money
from identity.primitives.multikey import KeyAlgorithm
from identity.primitives.signing import LocalSigner
from identity.spending.authorize import Order, authorize_spend
from identity.spending.limits import INTENT_LIFETIME
from identity.spending.links import delegate_root, register_child
from identity.spending.models import Approval, ApprovalState, Decision, Verdict
from identity.spending.settle import capture, refund
from registry.directory.demo_agents import DemoAgent, keep_privately, private_key_of, register_demo_agent
from registry.directory.models import Name, RecordType, Zone
from registry.directory.zones import create_zone

CONCIERGE = "concierge.acme"
SHOP_ZONE = "nordlicht"
ACME_LEGAL_ID = "NL-KVK-DEMO-0001"
BOOKER = DemoAgent(
    "booker.acme",
    "Acme Booker",
    "Books the one room that the concierge has chosen, within what the concierge may pass on.",
    ("book-hotels", "travel"),
    KeyAlgorithm.ED25519,
    "https://acme-travel.example",
    ((RecordType.A2A, "https://booker.acme-travel.example/.well-known/agent-card.json"),),
)
SHOP = DemoAgent(
    "rooms.nordlicht",
    "Nordlicht Rooms (demo)",
    "A hotel that exists in this demo only. It sells rooms for euros that nobody pays.",
    ("hotel-rooms",),
    KeyAlgorithm.ED25519,
    "https://nordlicht-rooms.example",
    ((RecordType.HTTPS, "https://nordlicht-rooms.example/api"),),
)
HOTELS = "7011"  # ISO 18245
ASKED_AMOUNT = 9_500
LENT_FOR = timedelta(days=365)

_EUR: dict[str, Any] = {"currency": "EUR", "exponent": 2}
_MONTH: dict[str, Any] = {**_EUR, "period": "month", "alignment": "calendar", "timezone": "Europe/Berlin"}
_LENT: list[dict[str, Any]] = [
    {"type": "total", "amount": 100_000, **_EUR, "refundRestores": True},
    {"type": "per_period", "amount": 50_000, **_MONTH},
    {"type": "per_transaction", "max": 20_000, **_EUR},
    {"type": "countries", "allow": ["DE", "FR", "NL"]},
]
_PASSED_ON: list[dict[str, Any]] = [
    {"type": "total", "amount": 60_000, **_EUR, "refundRestores": True},
    {"type": "per_period", "amount": 30_000, **_MONTH},
    {"type": "per_transaction", "max": 15_000, **_EUR},
    {"type": "categories", "allow": [HOTELS]},
    {"type": "step_up", "when": {"amountOver": 8_000, **_EUR}, "approvers": "principal"},
]


@dataclass(frozen=True, slots=True)
class Purchase:
    """``captured`` and ``refunded`` in cents; 0 leaves the step out."""

    name: str
    amount: int
    captured: int
    refunded: int


PURCHASES = (
    Purchase("one night, Hamburg", 6_400, 6_100, 0),
    Purchase("one night, Bremen", 4_000, 4_000, 4_000),
    Purchase("breakfast, Hamburg", 1_800, 0, 0),
)


@dataclass(frozen=True, slots=True)
class _Deal:
    """Who buys where, on which delegation."""

    booker: Agent
    shop: Agent
    leaf: Delegation

    @property
    def shops_actor(self) -> Actor:
        return Actor(ActorKind.AGENT, self.shop.pk)


def load_spending(*, user: User, acme: Organization, trade: Organization, at: datetime) -> Iterator[str]:
    """Make whatever of it is missing; what somebody has ended since stays ended. ``user`` is the principal, ``acme``
    runs the agents, ``trade`` the shop. Raises what the rules raise when somebody's changes are in the way."""
    _vouch(acme, at)
    acmes, shops = Actor(ActorKind.USER, user.pk), Actor(ActorKind.USER, trade.memberships.earliest("pk").user_id)
    if not Zone.objects.filter(label=SHOP_ZONE).exists():
        create_zone(organization=trade, label=SHOP_ZONE, actor=shops, at=at)
    for wanted, organization, actor in ((BOOKER, acme, acmes), (SHOP, trade, shops)):
        if not Name.objects.filter(fqn=wanted.fqn).exists():
            agent = register_demo_agent(wanted, organization, actor, at)
            yield f"{wanted.fqn} is {agent.did}"
    shop = _agent(SHOP.fqn)
    if not Vendor.objects.filter(pk=shop.pk).exists():
        register_vendor(agent=shop, mcc=HOTELS, country="DE", actor=shops, at=at)
        yield f"{SHOP.display_name} is a vendor"
    principal = personal_organization(user, at)
    if not Delegation.objects.filter(principal=principal).exists():
        leaf = _lend(principal, shop, acmes, at)
        yield f"{user.display_name} lends {CONCIERGE} an authority, which passes a part on: {leaf.pk}"
        _publish(_Deal(_agent(BOOKER.fqn), shop, leaf))
    deal = _deal()
    if deal is not None:
        yield from _buy(deal, at)
        yield from ask_again(at=at)


def _vouch(acme: Organization, at: datetime) -> None:
    """Let Acme be one whose legal entity was verified, as far as a demo can: the agents of one that nobody knows may
    spend 10 EUR a day."""
    if acme.assurance_level < VERIFIED_ENTITY_LEVEL:
        actor = system("demo_data")
        update_organization(organization=acme, legal_id=ACME_LEGAL_ID, actor=actor, at=at)
        reason = "an organization of the demo"
        note_assurance(organization=acme, level=VERIFIED_ENTITY_LEVEL, reason=reason, actor=actor, at=at)


def ask_again(*, at: datetime) -> Iterator[str]:
    """Put one question to Alice when none waits, since a question lives for minutes and the demo for longer. Each is
    about the next stay: what she has answered stays answered. Nothing when she would not be asked, or has ended it."""
    deal = _deal()
    if deal is None:
        return
    asked = Approval.objects.filter(leaf=deal.leaf.pk)
    if asked.filter(state=ApprovalState.PENDING, expires_at__gt=at).exists():
        return
    stay = f"two nights, Hamburg, stay no. {asked.count() + 1}"
    order = _order(deal, Purchase(stay, ASKED_AMOUNT, 0, 0), at)
    decided = authorize_spend(order, actor=deal.shops_actor, at=at) if order is not None else None
    if decided is not None and decided.verdict == Verdict.STEP_UP_REQUIRED:
        yield f"{BOOKER.fqn} asks about {stay}: {settings.PUBLIC_URL}/approve/{decided.approval}"


def _lend(principal: Organization, shop: Agent, actor: Actor, at: datetime) -> Delegation:
    """A root of the principal's for the concierge, and a narrower link below it, signed by the concierge itself; both
    or, when the key that was kept is not the concierge's any more, neither."""
    concierge, booker, private_key = _agent(CONCIERGE), _agent(BOOKER.fqn), private_key_of(CONCIERGE)
    if private_key is None:
        raise NotFound("not_found", f"The private key of {CONCIERGE} is not under var/demo.")
    signer = LocalSigner(private_key, f"{concierge.did}#key-1")
    with transaction.atomic():
        root = delegate_root(
            principal=principal,
            agent=concierge,
            terms=_terms(_LENT, shop, at, max_further_depth=1),
            evidence=strong_sign_in_evidence(method="demo", signed_in_at=at),
            actor=actor,
            at=at,
        )
        draft = draft_child(parent=root, agent=booker, terms=_terms(_PASSED_ON, shop, at), at=at)
        signed = eddsa_jcs_2022.secure(draft.document, signer=signer, created=at, purpose=CHILD_PURPOSE)
        return register_child(credential=signed, actor=Actor(ActorKind.AGENT, concierge.pk), at=at)


def _terms(limits: list[dict[str, Any]], shop: Agent, at: datetime, *, max_further_depth: int = 0) -> Terms:
    """Named for this shop alone: nobody has verified it, so it must be meant."""
    return Terms(
        constraints=parse_constraints(complete_draft(limits)),
        valid_from=at,
        valid_until=at + LENT_FOR,
        max_further_depth=max_further_depth,
        audience=(shop.did,),
    )


def _buy(deal: _Deal, at: datetime) -> Iterator[str]:
    """The purchases that are not in the ledger yet."""
    for purchase in PURCHASES:
        if Decision.objects.filter(caller_key=_caller_key(deal, purchase)).exists():
            continue
        order = _order(deal, purchase, at)
        decided = authorize_spend(order, actor=deal.shops_actor, at=at) if order is not None else None
        if decided is None or decided.authorization is None:
            continue
        _settle(deal, purchase, decided.authorization, at)
        yield f"{BOOKER.fqn} buys {purchase.name}"


def _settle(deal: _Deal, purchase: Purchase, authorization: str, at: datetime) -> None:
    vendor, actor = deal.shop.pk, deal.shops_actor
    if purchase.captured:
        capture(
            authorization_id=authorization,
            vendor=vendor,
            amount=purchase.captured,
            currency="EUR",
            is_final=True,
            reference="demo-bill",
            actor=actor,
            at=at,
        )
    if purchase.refunded:
        refund(
            authorization_id=authorization,
            vendor=vendor,
            amount=purchase.refunded,
            reference="demo-refund",
            actor=actor,
            at=at,
        )


def _order(deal: _Deal, purchase: Purchase, at: datetime) -> Order | None:
    """What the shop sends on, with the booker's signed intent in it; None when the booker's key is not here."""
    private_key = private_key_of(BOOKER.fqn)
    if private_key is None:
        return None
    amount, order_hash = Money(purchase.amount, "EUR"), digest_of_items([purchase.name])
    caller_key = _caller_key(deal, purchase)
    intent = Intent(
        agent=deal.booker.did,
        vendor=deal.shop.did,
        ledger=registry_did(),
        delegation=deal.leaf.pk,
        action="/commerce/pay/once",
        amount=amount,
        max_amount=amount,
        order_hash=order_hash,
        nonce=f"{caller_key[:32]}{int(at.timestamp())}",
        issued_at=at.replace(microsecond=0),
        expires_at=at.replace(microsecond=0) + INTENT_LIFETIME,
    )
    return Order(
        intent=sign_intent(intent, signer=LocalSigner(private_key, f"{deal.booker.did}#key-1")),
        vendor=deal.shop.pk,
        vendor_did=deal.shop.did,
        amount=amount,
        order_hash=order_hash,
        order_display=purchase.name,
        agent_note="The cheapest room near the station that is still free.",
        caller_key=caller_key if purchase in PURCHASES else None,
        fingerprint=sha256(purchase.name.encode()).hexdigest(),
    )


def _caller_key(deal: _Deal, purchase: Purchase) -> str:
    """The same at every start, so that each purchase is made once."""
    return sha256(f"demo {deal.leaf.pk} {purchase.name}".encode()).hexdigest()


def _deal() -> _Deal | None:
    """The link of the booker's that the demo made, if it is there."""
    booker, shop = (Agent.objects.filter(names__fqn=fqn).first() for fqn in (BOOKER.fqn, SHOP.fqn))
    if booker is None or shop is None:
        return None
    leaf = Delegation.objects.filter(agent=booker, depth=1).order_by("created_at").first()
    return _Deal(booker, shop, leaf) if leaf is not None else None


def _agent(fqn: str) -> Agent:
    """NotFound ``not_found`` when somebody has taken the name away."""
    agent = Agent.objects.filter(names__fqn=fqn).first()
    if agent is None:
        raise NotFound("not_found", f"{fqn} names no agent any more.")
    return agent


def _publish(deal: _Deal) -> None:
    """What a program needs to spend on it, for the README's example; the keys lie beside it."""
    folder = settings.VAR_DIR / "demo"
    told = {
        "agent": deal.booker.did,
        "agent_key": f"{folder}/{BOOKER.fqn}.pem",
        "vendor": deal.shop.did,
        "vendor_key": f"{folder}/{SHOP.fqn}.pem",
        "delegation": deal.leaf.pk,
    }
    keep_privately("spending.json", json.dumps(told, indent=2) + "\n")
    keep_privately("delegation", deal.leaf.pk + "\n")
