"""Two changes of one agent's evidence at once: the score counts both, whoever commits first."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import close_old_connections, connection, transaction

from identity.accounts.models import User
from identity.agents.models import Agent
from identity.journal.actor import Actor, ActorKind, system
from identity.spending.models import AgentTerms
from reputation.moderation.appeals import decide_appeal, open_appeal
from reputation.moderation.ladder import Reason
from reputation.moderation.models import Appeal, AppealOutcome, Detection
from reputation.moderation.opening import open_case
from reputation.moderation.sanctions import Proposal, propose_sanction
from reputation.scoring.evidence import add_case_evidence, withdraw_case_evidence
from reputation.scoring.formula import SeverityKind
from reputation.scoring.models import AgentScore, CaseEvidence, StaleScore
from reputation.scoring.refresh import refresh_all, refresh_score, refresh_scores, refresh_stale

pytestmark = pytest.mark.django_db(transaction=True)
TESTS = system("tests")


def uphold(agent: Agent, report: str, at: datetime) -> None:
    add_case_evidence(
        agent=agent,
        case="cas_1",
        report=report,
        vendor=None,
        severity=SeverityKind.DISPUTE,
        quality=1.0,
        actor=TESTS,
        at=at,
    )


def at_once(*acts: Callable[[], Any]) -> None:
    """Run the acts in a thread each, beginning together; whatever one of them raises is raised here."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        close_old_connections()
        try:
            start.wait(10)
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        for future in [pool.submit(run, act) for act in acts]:
            future.result(timeout=60)


@pytest.fixture
def concierge(acme: Any, make_agent: Callable[..., Agent]) -> Agent:
    return make_agent(acme)


def test_it_counts_every_case_that_was_added_at_once(concierge: Agent, at: datetime) -> None:
    at_once(*(lambda number=number: uphold(concierge, f"rpt_{number}", at) for number in range(8)))
    row = AgentScore.objects.get(pk=concierge.pk)
    assert (row.b, row.sample_size) == (32.0, 8)
    assert AgentTerms.objects.get(pk=concierge.pk).score == row.score


def test_it_adds_a_report_once_when_two_operators_uphold_it_at_once(concierge: Agent, at: datetime) -> None:
    at_once(*(lambda: uphold(concierge, "rpt_1", at) for _ in range(4)))
    assert AgentScore.objects.get(pk=concierge.pk).b == 4.0


def test_it_ends_where_the_evidence_is_while_nights_and_cases_cross(concierge, acme, make_agent, at) -> None:
    others = [make_agent(acme, f"Agent{number}") for number in range(4)]
    for agent in (concierge, *others):
        refresh_score(agent, at=at)

    def add_and_withdraw() -> None:
        for number in range(5):
            uphold(concierge, f"rpt_{number}", at)
        for number in range(4):
            withdraw_case_evidence(report=f"rpt_{number}", actor=TESTS, at=at)

    def nights() -> None:
        for _ in range(6):
            list(refresh_all(at=at))

    at_once(add_and_withdraw, nights, nights)
    assert AgentScore.objects.get(pk=concierge.pk).b == 4.0
    assert set(AgentScore.objects.exclude(pk=concierge.pk).values_list("b", flat=True)) == {2.0}


def test_it_loses_no_note_that_comes_while_somebody_computes(concierge: Agent, at: datetime) -> None:
    """A change that is not committed yet cannot be counted: its note stays for the next time, and nobody waits."""
    refresh_score(concierge, at=at)
    StaleScore.objects.create(agent=concierge.pk, since=at)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            StaleScore.objects.create(agent=concierge.pk, since=at)
            CaseEvidence.objects.create(
                agent=concierge, case="cas_1", report="rpt_1", severity="dispute", quality=1.0, decided_at=at
            )
            assert pool.submit(_refresh_stale, at).result(timeout=30) == 1
        assert AgentScore.objects.get(pk=concierge.pk).b == 0.0
        assert pool.submit(_refresh_stale, at).result(timeout=30) == 1
    assert AgentScore.objects.get(pk=concierge.pk).b == 4.0
    assert not StaleScore.objects.exists()


def _refresh_stale(at: datetime) -> int:
    try:
        return refresh_stale(at=at)
    finally:
        connection.close()


def test_it_lets_appeals_be_overturned_while_nights_run(acme, make_agent, make_person, olga, at) -> None:
    """Whoever changes scores takes their rows before it drops signed answers: nobody waits for another in a ring."""
    agents = [make_agent(acme, f"Agent{number}") for number in range(6)]
    appeals = [_appeal(agent, olga, at) for agent in agents]
    assert min(AgentScore.objects.values_list("b", flat=True)) > 0
    otto = Actor(ActorKind.OPERATOR, make_person("Otto", is_staff=True).pk)

    def overturn() -> None:
        for appeal in appeals:
            decide_appeal(appeal=appeal, outcome=AppealOutcome.OVERTURNED, words="They are right.", actor=otto, at=at)

    def nights() -> None:
        for day in range(12):
            list(refresh_all(at=at + timedelta(days=day % 2)))

    at_once(overturn, nights, nights)
    refresh_scores([agent.pk for agent in agents], at=at)
    assert set(AgentScore.objects.values_list("b", flat=True)) == {0.0}


def _appeal(agent: Agent, operator: User, at: datetime) -> Appeal:
    """An appeal against a throttle in a case whose report was upheld."""
    actor = Actor(ActorKind.OPERATOR, operator.pk)
    case = open_case(agent=agent, detection=Detection.OPERATOR, actor=actor, at=at)
    add_case_evidence(
        agent=agent,
        case=case.pk,
        report=f"rpt_{agent.pk}"[:32],
        vendor=None,
        severity=SeverityKind.DISPUTE,
        quality=1.0,
        actor=actor,
        at=at,
    )
    proposal = Proposal(level=2, reason=Reason.DISPUTE_RATIO, facts="Many disputes.")
    sanction = propose_sanction(case=case, subject=agent, proposal=proposal, actor=actor, at=at)
    assert agent.organization is not None
    return open_appeal(sanction=sanction, appellant=agent.organization, words="No.", actor=TESTS, at=at)
