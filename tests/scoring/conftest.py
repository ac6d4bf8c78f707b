"""Evidence by the handful: receipts of vendors with any assurance, and upheld cases, without a purchase each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.accounts.models import OrganizationKind
from identity.accounts.organizations import create_organization
from identity.agents.models import Agent
from identity.agents.vendors import register_vendor, set_vendor_assurance
from identity.journal.actor import system
from identity.primitives.ids import new_authorization_id
from reputation.scoring.models import ReceiptEvidence

TESTS = system("tests")


@pytest.fixture
def make_shop(make_person: Callable[..., Any], make_agent: Callable[..., Agent], at: datetime) -> Callable[..., Agent]:
    """A vendor of an organization of its own, or of ``organization``, at an assurance level."""

    def make(name: str, *, level: int = 3, organization: Any = None) -> Agent:
        if organization is None:
            owner = make_person(f"{name}-owner")
            organization = create_organization(
                name=name, kind=OrganizationKind.ORGANIZATION, owner=owner, country="DE", actor=TESTS, at=at
            )
        agent = make_agent(organization, name)
        vendor = register_vendor(agent=agent, mcc="5734", country="DE", actor=TESTS, at=at)
        set_vendor_assurance(vendor=vendor, level=level, actor=TESTS, at=at)
        return agent

    return make


@pytest.fixture
def settle(at: datetime) -> Callable[..., list[ReceiptEvidence]]:
    """``count`` settled receipts of an agent at a vendor, ``days`` old."""

    def make(agent: Agent, vendor: Agent, count: int = 1, *, days: int = 0, **fields: Any) -> list[ReceiptEvidence]:
        rows = [
            ReceiptEvidence(
                authorization=new_authorization_id(),
                agent=agent.pk,
                vendor=vendor.pk,
                principal=agent.organization_id or "",
                settled_on=(at - timedelta(days=days)).date(),
                **fields,
            )
            for _ in range(count)
        ]
        return ReceiptEvidence.objects.bulk_create(rows)

    return make
