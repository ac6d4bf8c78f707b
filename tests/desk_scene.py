"""A day at the desk, for tests of its pages: three shops report Acme's buyer, and so a case is open about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from identity.accounts.models import DeskRole, User
from identity.agents.models import Agent
from identity.spending.models import Authorization
from reputation.moderation.attachments import attach
from reputation.moderation.models import Attachment, Case, Report
from reputation.moderation.sanctions import Proposal
from tests.desk_people import at_the_desk
from tests.moderation.conftest import (
    CLERK,
    by,
    make_organization,
    make_purchase,
    make_vendor,
    oskar,
    report,
    vendors,
)
from tests.spending.conftest import Holder, buyer, grant, make_holder, pass_on, planner

__all__ = [
    "Desk",
    "at_the_desk",
    "buyer",
    "by",
    "desk",
    "grant",
    "make_holder",
    "make_organization",
    "make_purchase",
    "make_vendor",
    "mona",
    "oskar",
    "pass_on",
    "planner",
    "report",
    "vendors",
]


@dataclass
class Desk:
    agent: Agent
    case: Case
    reports: list[Report]
    attachment: Attachment


@pytest.fixture
def mona(make_person: Callable[..., User]) -> User:
    """A manager of the operators' desk."""
    return make_person("Mona", is_staff=True, desk_role=DeskRole.MANAGER)


@pytest.fixture
def desk(
    buyer: Holder,
    vendors: list[Agent],
    make_purchase: Callable[..., Authorization],
    report: Callable[..., Report],
    at: datetime,
) -> Desk:
    reports = [report(make_purchase(vendor)) for vendor in vendors]
    attachment = attach(
        report=reports[0], name="receipt.txt", content=b"Delivered, signed for, disputed.", actor=CLERK, at=at
    )
    return Desk(buyer.agent, Case.objects.get(agent=buyer.agent), reports, attachment)


def proposal(level: int, **more: Any) -> Proposal:
    values: dict[str, Any] = {"reason": "mandate_violation", "facts": "Three purchases were disputed in a week."}
    return Proposal(level=level, **{**values, **more})
