"""Who may lend how much, over HTTP: read, and held to at every root."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.accounts.models import Membership, Organization, User
from identity.accounts.service_keys import create_service_key
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.lending_bounds import Bounds, Ceiling
from identity.delegation.lending_rules import set_lending_rule
from identity.delegation.models import Delegation, DelegationDraft
from identity.delegation.templates import Offer, create_limit_template
from identity.journal.actor import Actor, ActorKind
from identity.primitives.clock import now, rfc3339
from identity.primitives.multikey import PrivateKey
from registry.api.v1 import delegations
from tests.api.agent_calls import proof
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db
SMALL = Bounds(may_lend=True, days_max=60, ceilings=(Ceiling(currency="EUR", total=10_000),))
TOTAL = {"type": "total", "amount": 10_000, "currency": "EUR"}


@pytest.fixture
def by_alice(alice: User) -> Actor:
    return Actor(ActorKind.USER, alice.pk)


@pytest.fixture
def owners_bound(acme: Organization, by_alice: Actor, at: datetime) -> Bounds:
    return set_lending_rule(organization=acme, role="owner", bounds=SMALL, actor=by_alice, at=at)


@pytest.fixture
def agent(program: Caller) -> dict[str, Any]:
    return dict(program.post("/v1/agents", {**proof(program, PrivateKey.generate()), "display_name": "Planner"}).json())


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever made the key signed in strongly just now."""
    monkeypatch.setattr(
        delegations,
        "consent_by_sign_in",
        lambda *_args, at: strong_sign_in_evidence(method="webauthn", signed_in_at=at),
    )


def terms(agent: dict[str, Any], amount: int, days: int = 30) -> dict[str, Any]:
    until = rfc3339(now() + timedelta(days=days))
    return {"agent": agent["id"], "constraints": [{**TOTAL, "amount": amount}], "valid_until": until}


def test_it_shows_the_rule_of_every_role_that_lends(program: Caller, owners_bound: Bounds) -> None:
    rules = {rule["role"]: rule for rule in program.get("/v1/lending-rules").json()["items"]}
    assert list(rules) == ["owner", "administrator", "lender"]
    ceiling = {"currency": "EUR", "per_purchase": None, "per_window": None, "window": "", "total": 10_000}
    assert rules["owner"] == {
        "role": "owner",
        "may_lend": True,
        "days_max": 60,
        "open_max": None,
        "ceilings": [ceiling],
    }
    assert (rules["administrator"]["may_lend"], rules["administrator"]["ceilings"]) == (True, [])
    assert rules["lender"]["may_lend"] is False


def test_it_shows_the_templates_and_one_makes_a_draft(
    program: Caller, acme: Organization, agent: dict[str, Any], by_alice: Actor, at: datetime
) -> None:
    claims = [{**TOTAL, "id": "L1", "exponent": 2, "refundRestores": False}]
    offer = Offer(name="Small", constraints=claims, days=30, roles=["lender"])
    made = create_limit_template(organization=acme, offer=offer, actor=by_alice, at=at)
    [shown] = program.get("/v1/limit-templates").json()["items"]
    assert (shown["id"], shown["name"], shown["roles"], shown["days"]) == (made.pk, "Small", ["lender"], 30)
    body = {**terms(agent, 1), "constraints": shown["constraints"]}
    assert program.post("/v1/delegations/drafts", body).status_code == 201


def test_it_needs_the_scope_to_read_delegations(reader: Caller, nobody: Caller) -> None:
    for path in ("/v1/lending-rules", "/v1/limit-templates"):
        assert (reader.get(path).status_code, nobody.get(path).status_code) == (403, 401)


def test_it_shows_each_organization_its_own(program: Caller, stranger: Caller, owners_bound: Bounds) -> None:
    assert stranger.get("/v1/lending-rules").json()["items"][0]["ceilings"] == []


@pytest.mark.parametrize(("amount", "days", "excess"), [(10_001, 30, "total"), (10_000, 61, "days")])
def test_a_draft_beyond_the_rule_of_the_keys_maker_is_refused(
    program: Caller, owners_bound: Bounds, agent: dict[str, Any], amount: int, days: int, excess: str
) -> None:
    refused = program.post("/v1/delegations/drafts", terms(agent, amount, days))
    assert (refused.status_code, refused.json()["code"]) == (403, "lending_rule_exceeded")
    assert refused.json()["excesses"] == [excess]
    assert not DelegationDraft.objects.exists()
    assert program.post("/v1/delegations/drafts", terms(agent, 10_000)).status_code == 201


def test_a_root_beyond_the_rule_is_refused_and_one_within_names_its_lender(
    program: Caller, owners_bound: Bounds, agent: dict[str, Any], alice: User, signed_in: None
) -> None:
    refused = program.post("/v1/delegations", terms(agent, 10_001))
    assert (refused.status_code, refused.json()["code"]) == (403, "lending_rule_exceeded")
    assert not Delegation.objects.exists()
    issued = program.post("/v1/delegations", terms(agent, 10_000))
    assert issued.status_code == 201
    assert Delegation.objects.get().lent_by == alice.pk
    assert alice.pk not in issued.content.decode()


def test_a_draft_is_not_signed_once_its_keys_maker_may_no_longer_lend(
    program: Caller, agent: dict[str, Any], acme: Organization, by_alice: Actor, signed_in: None, at: datetime
) -> None:
    draft = program.post("/v1/delegations/drafts", terms(agent, 10_000)).json()["id"]
    set_lending_rule(organization=acme, role="owner", bounds=Bounds(may_lend=False), actor=by_alice, at=at)
    refused = program.post("/v1/delegations", {"draft": draft})
    assert (refused.status_code, refused.json()["code"]) == (403, "lending_not_allowed")


def test_a_key_whose_maker_lends_nothing_any_more_still_drafts_for_others(
    acme: Organization, bob: User, agent: dict[str, Any], at: datetime
) -> None:
    membership = Membership.objects.filter(organization=acme, user=bob)
    membership.update(role="administrator")
    _key, token = create_service_key(
        organization=acme,
        name="Bob's",
        scopes=["delegations_write"],
        expires_at=None,
        actor=Actor(ActorKind.USER, bob.pk),
        at=at,
        created_by=bob,
    )
    membership.update(role="developer")
    assert Caller(token).post("/v1/delegations/drafts", terms(agent, 10_000)).status_code == 201
