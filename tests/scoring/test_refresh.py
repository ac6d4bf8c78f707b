"""Scores as they are written down: by one path for one agent and for all, and nothing good is inherited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.accounts.models import Membership, Role
from identity.agents.models import Agent, Vendor, VerificationMethod
from identity.agents.vendors import set_vendor_assurance
from identity.journal.actor import system
from identity.journal.drain import drain
from identity.journal.models import Event
from identity.journal.sequence import sequence
from identity.spending.models import AgentTerms
from reputation.scoring import tasks
from reputation.scoring.evidence import add_case_evidence, withdraw_case_evidence
from reputation.scoring.formula import Band, SeverityKind
from reputation.scoring.models import AgentScore, StaleScore
from reputation.scoring.refresh import (
    NOTHING,
    ranges_of_agents,
    refresh_all,
    refresh_score,
    refresh_scores,
    refresh_stale,
)
from reputation.scoring.vendor_review import clear_under_review, mark_under_review

TESTS = system("tests")


@pytest.fixture
def old_agent(acme: Any, make_agent: Callable[..., Agent], at: datetime) -> Agent:
    agent = make_agent(acme, "Old hand")
    Agent.objects.filter(pk=agent.pk).update(created_at=at - timedelta(days=800))
    agent.refresh_from_db()
    return agent


def uphold(agent: Agent, at: datetime, report: str = "rpt_1", kind: SeverityKind = SeverityKind.FRAUD) -> None:
    add_case_evidence(
        agent=agent, case="cas_1", report=report, vendor=None, severity=kind, quality=1.0, actor=TESTS, at=at
    )


def stored(agent: Agent) -> AgentScore:
    return AgentScore.objects.get(pk=agent.pk)


def test_it_writes_what_it_computed_and_passes_it_on_to_the_registrys_limits(old_agent, make_shop, settle, at) -> None:
    for number in range(9):
        settle(old_agent, make_shop(f"Shop{number}"), 5)
    score = refresh_score(old_agent, at=at)
    row = stored(old_agent)
    assert (score.band, score.g, score.vendors, score.clusters, score.sample_size) == (Band.STRONG, 45.0, 9, 9, 45)
    assert (row.score, row.band, row.g, row.sample_size) == (score.score, "strong", 45.0, 45)
    assert [line["weight"] for line in row.largest] == [5.0] * 5
    terms = AgentTerms.objects.get(pk=old_agent.pk)
    assert (terms.score, terms.band) == (score.score, "strong")


def test_it_tells_the_journal_when_the_band_changes_and_only_then(old_agent, make_shop, settle, at) -> None:
    for number in range(9):
        settle(old_agent, make_shop(f"Shop{number}"), 5)
    refresh_score(old_agent, at=at)
    refresh_score(old_agent, at=at)
    event = Event.objects.get(kind="score.band_changed")
    assert event.subject == old_agent.pk
    assert event.payload == {"before": "unproven", "after": "strong"}


def test_it_lets_a_new_agent_carry_half_of_what_the_others_of_its_organization_did(
    old_agent, acme, make_agent, at
) -> None:
    uphold(old_agent, at)
    newcomer = make_agent(acme, "Newcomer")
    assert refresh_score(newcomer, at=at).b == 7.5
    assert refresh_score(old_agent, at=at).b == 15.0


def test_it_scores_a_newcomer_when_the_journal_tells_of_it(old_agent, acme, make_agent, at) -> None:
    uphold(old_agent, at)
    newcomer = make_agent(acme, "Newcomer")
    sequence()
    drain("scoring_newcomers", at=at)
    assert stored(newcomer).b == pytest.approx(7.5, rel=0.01)


def test_it_reaches_agents_registered_ahead_of_the_trouble(old_agent, acme, make_agent, at) -> None:
    spare = make_agent(acme, "Spare")
    uphold(old_agent, at)
    assert stored(spare).b == 7.5
    withdraw_case_evidence(case="cas_1", actor=TESTS, at=at)
    assert stored(spare).b == 0


def test_it_ends_what_was_inherited_after_a_year(old_agent, acme, make_agent, at) -> None:
    uphold(old_agent, at)
    newcomer = make_agent(acme, "Newcomer")
    assert refresh_score(newcomer, at=at + timedelta(days=364)).b > 0
    assert refresh_score(newcomer, at=at + timedelta(days=366)).b == 0


def test_it_counts_the_year_of_a_claimed_agent_from_its_claim(old_agent, acme, make_agent, at) -> None:
    uphold(old_agent, at)
    claimed = make_agent(acme, "Claimed")
    Agent.objects.filter(pk=claimed.pk).update(created_at=at - timedelta(days=900), claimed_at=at)
    assert refresh_score(claimed, at=at).b == 7.5


def test_it_lets_nothing_good_be_inherited(old_agent, acme, make_agent, make_shop, settle, at) -> None:
    for number in range(9):
        settle(old_agent, make_shop(f"Shop{number}"), 5)
    assert refresh_score(make_agent(acme, "Newcomer"), at=at) == NOTHING


def test_it_keeps_the_agents_of_other_organizations_out_of_it(old_agent, make_shop, at) -> None:
    uphold(old_agent, at)
    assert refresh_score(make_shop("Stranger"), at=at) == NOTHING


def test_it_follows_the_agent_through_new_keys(old_agent, at) -> None:
    uphold(old_agent, at)
    before = refresh_score(old_agent, at=at)
    VerificationMethod.objects.filter(agent=old_agent).update(revoked_at=at, revoked_reason="superseded")
    assert refresh_score(old_agent, at=at) == before


def test_it_counts_shops_of_one_owner_as_one(old_agent, make_shop, settle, alice, bob, at) -> None:
    shops = [make_shop(f"Shop{number}", level=1) for number in range(12)]
    for shop in shops:
        settle(old_agent, shop, 20)
        Membership.objects.create(organization=shop.organization, user=bob, role=Role.OWNER)
    score = refresh_score(old_agent, at=at)
    assert (score.g, score.clusters) == (2.0, 1)


def test_it_takes_an_operators_word_for_who_belongs_together(old_agent, make_shop, settle, at) -> None:
    for number in range(4):
        shop = make_shop(f"Shop{number}")
        settle(old_agent, shop, 5)
        Vendor.objects.filter(pk=shop.pk).update(cluster="ring-7")
    assert refresh_score(old_agent, at=at).g == 10.0


def test_it_does_not_let_a_claimed_domain_tie_a_rival_to_itself(old_agent, make_shop, settle, at) -> None:
    honest, rival = make_shop("Honest"), make_shop("Rival", level=0)
    Vendor.objects.filter(pk__in=[honest.pk, rival.pk]).update(domains=["honest.example"])
    settle(old_agent, honest, 5)
    settle(old_agent, rival, 50)
    score = refresh_score(old_agent, at=at)
    assert (score.g, score.clusters, score.vendors) == (5.0, 1, 1)


def test_it_halves_the_receipts_of_a_vendor_under_review_and_gives_them_back(old_agent, make_shop, settle, at) -> None:
    shop = make_shop("Shop")
    settle(old_agent, shop, 4)
    before = refresh_score(old_agent, at=at)
    for _ in range(2):
        mark_under_review(agent=shop, actor=TESTS, at=at)
    assert refresh_stale(at=at) == 1
    assert stored(old_agent).g == 2.0
    for _ in range(2):
        clear_under_review(agent=shop, actor=TESTS, at=at)
    assert refresh_stale(at=at) == 1
    assert refresh_score(old_agent, at=at) == before
    assert Event.objects.filter(kind="vendor.review_changed").count() == 2


def test_it_follows_a_vendors_level(old_agent, make_shop, settle, at) -> None:
    shop = make_shop("Shop")
    settle(old_agent, shop, 4)
    set_vendor_assurance(vendor=shop.vendor, level=2, actor=TESTS, at=at)
    sequence()
    drain("scoring_vendors", at=at)
    assert StaleScore.objects.get().agent == old_agent.pk
    refresh_stale(at=at)
    assert stored(old_agent).g == pytest.approx(2.4)
    assert not StaleScore.objects.exists()


def test_it_gives_everybody_the_score_that_each_gets_alone(acme, make_agent, make_shop, settle, at) -> None:
    shops = [make_shop(f"Shop{number}", level=number % 4) for number in range(6)]
    agents = [make_agent(acme, f"Agent{number}") for number in range(8)]
    for number, agent in enumerate(agents):
        for shop in shops[number % 3 :]:
            settle(agent, shop, number, days=number * 7)
    uphold(agents[2], at - timedelta(days=3), "rpt_1")
    uphold(agents[5], at - timedelta(days=9), "rpt_2", SeverityKind.DISPUTE)
    alone = {agent.pk: refresh_score(agent, at=at) for agent in agents}
    AgentScore.objects.all().delete()
    assert sum(count for count, _ in refresh_all(at=at)) == len(agents)
    assert {row.pk: (row.score, row.g, row.b) for row in AgentScore.objects.all()} == {
        agent: (score.score, score.g, score.b) for agent, score in alone.items()
    }


def test_it_walks_in_ranges_that_meet(acme, make_agent, make_shop, settle, at) -> None:
    agents = sorted(make_agent(acme, f"Agent{number}").pk for number in range(4))
    shop = make_shop("Shop")
    for agent in Agent.objects.filter(pk__in=agents):
        settle(agent, shop)
    first = list(refresh_all(at=at, until=agents[1]))
    rest = list(refresh_all(at=at, after=agents[1]))
    assert [count for count, _ in first + rest] == [2, 2]


def test_it_parts_a_night_so_that_every_agent_is_in_one_part(acme, make_agent, at) -> None:
    assert ranges_of_agents(3) == [("", None)]
    agents = sorted(make_agent(acme, f"Agent{number}").pk for number in range(9))
    parts = ranges_of_agents(3)
    assert (parts[0][0], parts[-1][1]) == ("", None)
    found = [[one for one in agents if after < one and (until is None or one <= until)] for after, until in parts]
    assert [len(part) for part in found] == [3, 3, 3]


def test_it_computes_a_night_by_the_task(old_agent, make_shop, settle) -> None:
    settle(old_agent, make_shop("Shop"), 3)
    for after, until in ranges_of_agents(2):
        tasks.refresh_range(after, until)
    assert stored(old_agent).sample_size == 3


def test_it_settles_and_refreshes_by_the_timetable(db: None) -> None:
    assert (tasks.settle_receipts(), tasks.refresh_stale()) == (0, 0)


def test_it_passes_over_agents_that_do_not_exist(db, at) -> None:
    assert refresh_scores(["agt_nobody"], at=at) == {}
    StaleScore.objects.create(agent="agt_nobody", since=at)
    refresh_stale(at=at)
    assert not StaleScore.objects.exists()
