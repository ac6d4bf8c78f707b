"""An organization contests an item once; an operator of no interest in it answers, and the item goes or stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from identity.accounts.models import Membership, Organization, Role
from identity.agents.models import Agent
from identity.journal.actor import system
from identity.journal.models import Event
from identity.primitives.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooMany
from reputation.scoring import contest as contesting
from reputation.scoring.contest import answer_contest, contest_item
from reputation.scoring.evidence import add_case_evidence, withdraw_case_evidence
from reputation.scoring.formula import SeverityKind
from reputation.scoring.models import AgentScore, CaseEvidence, Contest, ContestState, Withdrawal

TESTS = system("tests")


@pytest.fixture
def concierge(acme: Organization, make_agent: Callable[..., Agent]) -> Agent:
    return make_agent(acme)


@pytest.fixture
def item(concierge: Agent, at: datetime) -> CaseEvidence:
    return evidence(concierge, at)


def evidence(agent: Agent, at: datetime, report: str = "rpt_1") -> CaseEvidence:
    return add_case_evidence(
        agent=agent,
        case="cas_1",
        report=report,
        vendor=None,
        severity=SeverityKind.DISPUTE,
        quality=1.0,
        actor=TESTS,
        at=at,
    )


def ask(agent: Agent, item: CaseEvidence, at: datetime, **changes: Any) -> Contest:
    values: dict[str, Any] = {"text": "The parcel came on time.", "organization": agent.organization, **changes}
    return contest_item(agent=agent, item=item.pk, actor=TESTS, at=at, **values)


def test_it_takes_an_item_out_when_an_operator_agrees(concierge, item, olga, at) -> None:
    contest = ask(concierge, item, at)
    assert AgentScore.objects.get(pk=concierge.pk).b == 4.0
    answered = answer_contest(contest=contest, is_accepted=True, answer="The carrier says so.", operator=olga, at=at)
    assert answered.state == ContestState.ACCEPTED
    assert AgentScore.objects.get(pk=concierge.pk).b == 0.0
    item.refresh_from_db()
    assert item.withdrawn_because == Withdrawal.CONTESTED
    kinds = list(Event.objects.filter(subject=concierge.pk, kind__startswith="evidence.").values_list("kind", "actor"))
    assert ("evidence.contest_answered", f"operator:{olga.pk}") in kinds
    assert ("evidence.case_withdrawn", f"operator:{olga.pk}") in kinds


def test_it_leaves_an_item_when_an_operator_does_not(concierge, item, olga, at) -> None:
    contest = ask(concierge, item, at)
    answer_contest(contest=contest, is_accepted=False, answer="The carrier says no.", operator=olga, at=at)
    assert AgentScore.objects.get(pk=concierge.pk).b == 4.0
    with pytest.raises(Conflict) as refused:
        answer_contest(contest=contest, is_accepted=True, answer="On second thought.", operator=olga, at=at)
    assert refused.value.code == "contest_answered"


def test_it_lets_no_operator_answer_for_an_organization_of_her_own(concierge, acme, item, olga, at) -> None:
    contest = ask(concierge, item, at)
    Membership.objects.create(organization=acme, user=olga, role=Role.MEMBER)
    with pytest.raises(NotPermitted) as refused:
        answer_contest(contest=contest, is_accepted=True, answer="Fine.", operator=olga, at=at)
    assert refused.value.code == "conflict_of_interest"


def test_it_lets_nobody_answer_who_is_no_operator(concierge, item, charlie, at) -> None:
    contest = ask(concierge, item, at)
    with pytest.raises(NotPermitted) as refused:
        answer_contest(contest=contest, is_accepted=True, answer="Fine.", operator=charlie, at=at)
    assert refused.value.code == "operators_only"


def test_it_takes_an_item_once(concierge, item, at) -> None:
    ask(concierge, item, at)
    with pytest.raises(Conflict) as refused:
        ask(concierge, item, at)
    assert refused.value.code == "item_contested_before"


def test_it_knows_only_items_that_count_against_this_agent(concierge, acme, make_agent, item, make_shop, at) -> None:
    other = make_agent(acme, "Other")
    with pytest.raises(NotFound):
        ask(other, item, at)
    with pytest.raises(NotFound):
        ask(concierge, item, at, organization=make_shop("Stranger").organization)
    withdraw_case_evidence(case="cas_1", actor=TESTS, at=at)
    with pytest.raises(NotFound):
        ask(concierge, item, at)


def test_it_takes_only_so_many_at_a_time(concierge, at, monkeypatch) -> None:
    monkeypatch.setattr(contesting, "CONTESTS_OPEN_MAX", 2)
    for number in range(2):
        ask(concierge, evidence(concierge, at, f"rpt_{number}"), at)
    with pytest.raises(TooMany) as refused:
        ask(concierge, evidence(concierge, at, "rpt_last"), at)
    assert refused.value.code == "too_many_contests"


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
def test_it_asks_for_a_reason(concierge, item, at, text) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask(concierge, item, at, text=text)
    assert refused.value.code == "contest_text"
