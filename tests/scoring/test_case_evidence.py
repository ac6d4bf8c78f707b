"""Upheld cases count, withdrawn ones do not, and what is put back leaves no trace in the score."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.primitives.errors import InvalidInput
from reputation.scoring.evidence import add_case_evidence, restore_case_evidence, withdraw_case_evidence
from reputation.scoring.formula import Score, SeverityKind
from reputation.scoring.models import AgentScore, CaseEvidence, Withdrawal
from reputation.scoring.refresh import refresh_score

OLGA = Actor(ActorKind.OPERATOR, "usr_olga")


@pytest.fixture
def concierge(
    acme: Organization,
    make_agent: Callable[..., Agent],
    make_shop: Callable[..., Agent],
    settle: Callable[..., Any],
    at: datetime,
) -> Agent:
    """An agent that bought at four good shops, two years after it came."""
    agent = make_agent(acme)
    for number in range(4):
        settle(agent, make_shop(f"Shop{number}"), 5, days=number)
    Agent.objects.filter(pk=agent.pk).update(created_at=at - timedelta(days=730))
    return agent


def uphold(agent: Agent, at: datetime, report: str = "rpt_1", **changes: Any) -> CaseEvidence:
    values: dict[str, Any] = {
        "case": "cas_1",
        "vendor": None,
        "severity": SeverityKind.DISPUTE,
        "quality": 1.0,
        **changes,
    }
    return add_case_evidence(agent=agent, report=report, actor=OLGA, at=at, **values)


def stored(agent: Agent) -> AgentScore:
    return AgentScore.objects.get(pk=agent.pk)


def test_it_weighs_at_once_and_names_who_decided(concierge: Agent, at: datetime) -> None:
    before = refresh_score(concierge, at=at)
    evidence = uphold(concierge, at)
    assert stored(concierge).b == 4.0
    assert stored(concierge).score < before.score
    event = Event.objects.get(kind="evidence.case_added")
    assert (event.subject, event.actor) == (concierge.pk, "operator:usr_olga")
    assert event.payload == {"item": evidence.pk, "case": "cas_1", "severity": "dispute"}


def test_it_counts_a_report_once_however_often_it_is_added(concierge: Agent, at: datetime) -> None:
    first, second = uphold(concierge, at), uphold(concierge, at)
    assert first.pk == second.pk
    assert stored(concierge).b == 4.0
    assert Event.objects.filter(kind="evidence.case_added").count() == 1


def test_it_leaves_the_score_exactly_as_before_when_a_decision_is_overturned(concierge: Agent, at: datetime) -> None:
    before = refresh_score(concierge, at=at)
    for report in ("rpt_1", "rpt_2", "rpt_3"):
        uphold(concierge, at, report)
    gone = withdraw_case_evidence(case="cas_1", actor=OLGA, at=at + timedelta(minutes=5))
    assert len(gone) == 3
    assert refresh_score(concierge, at=at + timedelta(minutes=5)) == before
    assert public(stored(concierge)) == public(before)


def public(score: AgentScore | Score) -> tuple[Any, ...]:
    return (score.score, str(score.band), score.g, score.b, score.sample_size, score.vendors, score.clusters)


def test_it_withdraws_one_report_of_a_case_alone(concierge: Agent, at: datetime) -> None:
    uphold(concierge, at, "rpt_1")
    uphold(concierge, at, "rpt_2", severity=SeverityKind.FRAUD)
    withdraw_case_evidence(report="rpt_2", actor=OLGA, at=at)
    assert stored(concierge).b == 4.0


def test_it_restores_what_was_overturned_and_nothing_that_was_contested(concierge: Agent, at: datetime) -> None:
    uphold(concierge, at, "rpt_1")
    uphold(concierge, at, "rpt_2")
    with_both = stored(concierge)
    withdraw_case_evidence(report="rpt_2", because=Withdrawal.CONTESTED, actor=OLGA, at=at)
    with_one = stored(concierge)
    withdraw_case_evidence(case="cas_1", actor=OLGA, at=at)
    restored = restore_case_evidence(case="cas_1", actor=OLGA, at=at)
    assert [row.report for row in restored] == ["rpt_1"]
    assert public(stored(concierge)) == public(with_one) != public(with_both)


def test_it_does_nothing_the_second_time(concierge: Agent, at: datetime) -> None:
    uphold(concierge, at)
    withdraw_case_evidence(case="cas_1", actor=OLGA, at=at)
    assert withdraw_case_evidence(case="cas_1", actor=OLGA, at=at) == []
    restore_case_evidence(case="cas_1", actor=OLGA, at=at)
    assert restore_case_evidence(case="cas_1", actor=OLGA, at=at) == []


def test_it_asks_for_a_case_or_a_report(db: None, at: datetime) -> None:
    with pytest.raises(ValueError, match="a case or a report"):
        withdraw_case_evidence(actor=OLGA, at=at)


def test_it_refuses_a_weight_that_is_none(concierge: Agent, at: datetime) -> None:
    with pytest.raises(InvalidInput) as refused:
        uphold(concierge, at, quality=1.5)
    assert refused.value.code == "evidence_quality"
