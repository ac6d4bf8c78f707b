"""Every item with its weight, and nobody reads more than concerns her."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.agents.models import Agent
from identity.journal.actor import system
from reputation.scoring import explain as explaining
from reputation.scoring.evidence import add_case_evidence
from reputation.scoring.explain import Note, Viewer, explain
from reputation.scoring.formula import SeverityKind
from reputation.scoring.refresh import refresh_score

TESTS = system("tests")


@pytest.fixture
def concierge(acme: Any, make_agent: Callable[..., Agent], at: datetime) -> Agent:
    agent = make_agent(acme)
    Agent.objects.filter(pk=agent.pk).update(created_at=at - timedelta(days=800))
    return agent


def uphold(agent: Agent, vendor: Agent | None, at: datetime, report: str = "rpt_1") -> None:
    add_case_evidence(
        agent=agent,
        case="cas_1",
        report=report,
        vendor=vendor.pk if vendor else None,
        severity=SeverityKind.DISPUTE,
        quality=0.6,
        actor=TESTS,
        at=at,
    )


def test_it_adds_up_to_the_score(concierge, make_shop, settle, at) -> None:
    shops = [make_shop(f"Shop{level}", level=level) for level in range(4)]
    for number, shop in enumerate(shops):
        settle(concierge, shop, 7, days=number)
        settle(concierge, shop, 2, days=100)
    uphold(concierge, shops[1], at)
    explained = explain(concierge, viewer=Viewer.OPERATOR, at=at)
    assert explained.score == refresh_score(concierge, at=at)
    assert sum(item.counted for item in explained.receipts) == pytest.approx(explained.score.g)
    assert sum(item.weight for item in explained.cases) == pytest.approx(explained.score.b)
    assert sum(item.count for item in explained.receipts) == 36


def test_it_says_why_an_item_weighs_less(concierge, make_shop, settle, at) -> None:
    good, unverified, own = make_shop("Good"), make_shop("Unverified", level=0), make_shop("Own")
    settle(concierge, good, 7)
    settle(concierge, unverified, 3)
    settle(concierge, own, 2, is_own=True)
    items = {item.vendor: item for item in explain(concierge, viewer=Viewer.ORGANIZATION, at=at).receipts}
    assert (items[good.pk].note, items[good.pk].weight, items[good.pk].counted) == (Note.CAPPED, 7.0, 5.0)
    assert (items[unverified.pk].note, items[unverified.pk].counted) == (Note.UNVERIFIED_VENDOR, 0.0)
    assert (items[own.pk].note, items[own.pk].counted) == (Note.OWN_SHOP, 0.0)


def test_it_names_a_reporter_to_operators_alone(concierge, make_shop, at) -> None:
    shop = make_shop("Shop")
    uphold(concierge, shop, at)
    (seen,) = explain(concierge, viewer=Viewer.OPERATOR, at=at).cases
    assert (seen.report, seen.vendor) == ("rpt_1", shop.pk)
    for viewer in (Viewer.ORGANIZATION, Viewer.PRINCIPAL):
        (seen,) = explain(concierge, viewer=viewer, at=at).cases
        assert (seen.case, seen.report, seen.vendor) == ("cas_1", None, None)


def test_it_shows_a_principal_where_it_bought_itself_and_of_others_the_weights(concierge, make_shop, settle, at):
    mine, others = make_shop("Mine"), make_shop("Others")
    settle(concierge, mine, 2)
    settle(concierge, others, 3)
    rows = type(settle(concierge, mine)[0]).objects
    rows.filter(vendor=mine.pk).update(principal="org_me")
    explained = explain(concierge, viewer=Viewer.PRINCIPAL, principal="org_me", at=at)
    assert {(item.vendor, item.counted) for item in explained.receipts} == {(mine.pk, 3.0), (None, 3.0)}
    assert {line.ref for line in explained.score.largest} == {mine.pk, ""}


def test_it_marks_what_is_inherited(concierge, acme, make_agent, at) -> None:
    uphold(concierge, None, at)
    (item,) = explain(make_agent(acme, "Newcomer"), viewer=Viewer.ORGANIZATION, at=at).cases
    assert (item.agent, item.note, item.weight) == (concierge.pk, Note.INHERITED, pytest.approx(1.2))


def test_it_lists_so_many_and_says_how_many_more_there_are(concierge, make_shop, settle, at, monkeypatch) -> None:
    monkeypatch.setattr(explaining, "ITEMS_EXPLAINED_MAX", 3)
    shop = make_shop("Shop")
    for days in range(5):
        settle(concierge, shop, days=days)
    explained = explain(concierge, viewer=Viewer.OPERATOR, at=at)
    assert [item.settled_on for item in explained.receipts] == [(at - timedelta(days=d)).date() for d in range(3)]
    assert explained.items_left_out == 2
    assert explained.score.sample_size == 5
