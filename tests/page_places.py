"""Real values for every place in the console's addresses, so that tests open each page on something that exists."""

from __future__ import annotations

from datetime import datetime

import pytest

from identity.accounts.models import Organization, User
from identity.accounts.permissions import Permission
from identity.accounts.service_keys import create_service_key
from identity.agents.models import Agent
from identity.credentials.issue import issue_credential
from identity.delegation.lending_bounds import Bounds, Ceiling
from identity.delegation.lending_rules import set_lending_rule
from identity.delegation.templates import Offer, create_limit_template
from identity.journal.actor import Actor, ActorKind
from identity.journal.drain import drain
from identity.journal.sequence import sequence
from identity.spending.models import Authorization
from registry.directory.domains import add_domain
from registry.directory.models import Name
from registry.push.subscriptions import Wish, create_subscription
from reputation.moderation.sanctions import Proposal, propose_sanction
from reputation.scoring.evidence import add_case_evidence
from reputation.scoring.formula import SeverityKind
from tests.spending_scene import Scene
from tests.team_places import team_places


@pytest.fixture
def places(
    acme: Organization,
    alice: User,
    olga: User,
    concierge: Agent,
    concierge_name: Name,
    morning: Scene,
    at: datetime,
) -> dict[str, str]:
    """What stands between ``<`` and ``>`` in a route, and the id of Acme's own thing of that kind."""
    by_alice = Actor(ActorKind.USER, alice.pk)
    key, _ = create_service_key(
        organization=acme,
        name="CI",
        scopes=[Permission.AGENTS_READ],
        expires_at=None,
        actor=by_alice,
        at=at,
        created_by=alice,
    )
    label = Proposal(level=1, reason="reports_from_several", facts="Three unrelated parties reported it.")
    by_olga = Actor(ActorKind.OPERATOR, olga.pk)
    sanction = propose_sanction(case=None, subject=concierge, proposal=label, actor=by_olga, at=at)
    item = add_case_evidence(
        agent=concierge,
        case="cas_1",
        report="rpt_1",
        vendor=None,
        severity=SeverityKind.DISPUTE,
        quality=0.6,
        actor=by_olga,
        at=at,
    )
    domain = add_domain(organization=acme, domain="acme.example", actor=by_alice, at=at)
    subscription, _ = create_subscription(
        organization=acme,
        wish=Wish(delivery="webhook", endpoint="https://acme.example/attorn", agents=[concierge.pk]),
        actor=by_alice,
        at=at,
    )
    sequence()
    drain("alerts", at=at)
    return {
        "organization_id": acme.pk,
        "agent_id": concierge.pk,
        "name_id": concierge_name.pk,
        "name": concierge_name.fqn,
        "fqn": concierge_name.fqn,
        "zone_id": concierge_name.zone_id,
        "fragment": "key-1",
        "credential_id": issue_credential(agent=concierge, actor=by_alice, at=at).pk,
        "delegation_id": morning.root.pk,
        "draft_id": morning.draft.pk,
        "authorization_id": Authorization.objects.filter(principal=acme.pk).earliest("created_at").pk,
        "month": f"{at:%Y-%m}",
        "key_id": key.pk,
        "domain_id": domain.pk,
        "sanction_id": sanction.pk,
        "item": item.pk,
        "subscription_id": subscription.pk,
        **team_places(acme, alice, morning.root, at=at),
        "role": "lender",
        "template_id": _limits_of_the_team(acme, by_alice, at),
    }


def _limits_of_the_team(acme: Organization, by: Actor, at: datetime) -> str:
    """Lenders may lend a little; the id of a template that they begin with."""
    most = Ceiling(currency="EUR", per_purchase=5_000, per_window=20_000, window="month", total=60_000)
    bounds = Bounds(may_lend=True, days_max=90, open_max=3, ceilings=(most,))
    set_lending_rule(organization=acme, role="lender", bounds=bounds, actor=by, at=at)
    total = {"id": "L1", "type": "total", "amount": 60_000, "currency": "EUR", "exponent": 2, "refundRestores": True}
    offer = Offer(name="Office supplies, 600 EUR", constraints=[total], days=30, roles=["lender"])
    return create_limit_template(organization=acme, offer=offer, actor=by, at=at).pk
