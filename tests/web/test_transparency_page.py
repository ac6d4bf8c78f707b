"""The transparency page and the statements of reasons: counted from the rows, and nobody named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from registry.directory.models import Name
from registry.web.transparency_view import in_days, percent, quarters_until, transparency
from reputation.moderation.ladder import LADDER, Level
from reputation.moderation.models import (
    Appeal,
    AppealOutcome,
    AppealState,
    AppellantKind,
    Case,
    Detection,
    Report,
    Sanction,
    SanctionState,
    Signature,
)
from tests.web.pages import inline_code

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 8, 15, 12, tzinfo=UTC)
_TIMES = ("starts_at", "ends_at", "ended_at")
_NOT_YET: dict[str, Any] = {"state": SanctionState.PROPOSED, **dict.fromkeys(_TIMES)}


@pytest.fixture
def make_sanction(acme: Organization, concierge: Agent, make_person: Callable[..., User]) -> Callable[..., Sanction]:
    """A measure as it stands in the rows after it was decided."""

    def make(**changes: Any) -> Sanction:
        started = changes.get("starts_at", NOON) or NOON
        values: dict[str, Any] = {
            "agent": concierge,
            "organization": acme,
            "level": 2,
            "reason": "dispute_ratio",
            "facts": "Four of twenty purchases were disputed, and upheld, in July.",
            "detection": Detection.REPORT,
            "state": SanctionState.EFFECTIVE,
            "proposed_by": "operator:usr_secret",
            "proposed_at": started,
            "starts_at": started,
            "ends_at": started + timedelta(days=30),
            "statement": {"redress": {"deadline": (started + timedelta(days=180)).isoformat()}},
        }
        values |= changes
        begun = Sanction.objects.create(**values | _NOT_YET)
        for operator, role in _signers(make_person, values["level"]):
            Signature.objects.create(sanction=begun, operator=operator, role=role)
        Sanction.objects.filter(pk=begun.pk).update(**{name: values.get(name) for name in ("state", *_TIMES)})
        return Sanction.objects.get(pk=begun.pk)

    return make


def _signers(make_person: Callable[..., User], level: int) -> Iterator[tuple[User, str]]:
    for number in range(LADDER[Level(level)].signatures):
        operator = User.objects.filter(email=f"operator{number}@example.org").first()
        yield operator or make_person(f"Operator{number}", is_staff=True), "analyst" if number else "manager"


def _ended(state: SanctionState, started: datetime) -> dict[str, Any]:
    return {"state": state, "starts_at": started, "ended_at": started + timedelta(days=3)}


def test_it_counts_each_thing_in_its_own_quarter(
    make_sanction: Callable[..., Sanction], concierge: Agent, acme: Organization, olga: User
) -> None:
    first = NOON - timedelta(days=90)
    report = {"about": concierge, "capacity": "visitor", "cluster": "visitors", "quality_percent": 0, "kind": "spam"}
    for days in (0, 1, 90):
        Report.objects.create(
            **report, text="x", filed_at=NOON - timedelta(days=days), finding="dismissed", decided_at=NOON
        )
    overturned = make_sanction(**_ended(SanctionState.OVERTURNED, first))
    make_sanction()
    Appeal.objects.create(
        sanction=overturned,
        appellant=acme,
        appellant_kind=AppellantKind.SUBJECT,
        words="No.",
        state=AppealState.DECIDED,
        outcome=AppealOutcome.OVERTURNED,
        opened_by="user:x",
        opened_at=NOON - timedelta(days=3),
        due_at=NOON,
        decided_by=olga,
        decided_at=NOON,
    )
    shown = transparency(NOON + timedelta(hours=1))
    reports, appeals = shown.drawings
    assert [quarter.words for quarter in shown.quarters] == ["Q4 2025", "Q1 2026", "Q2 2026", "Q3 2026"]
    assert [list(series.values) for series in reports.series] == [[0, 0, 1, 2], [0, 0, 1, 1]]
    assert [list(series.values) for series in appeals.series] == [[0, 0, 0, 1], [0, 0, 0, 1]]
    figures = {figure.words: (figure.shown, figure.aside) for figure in shown.headlines}
    assert figures["Measures"] == ("2", "1 in force now")
    assert figures["Appeals decided"] == ("1", "median 3 days")
    assert figures["Overturned"][0] == "100 %"


def test_it_takes_the_median_from_the_first_report_to_the_first_measure(
    make_sanction: Callable[..., Sanction], make_agent: Callable[..., Agent], acme: Organization
) -> None:
    for days in (2, 4, 100):
        agent = make_agent(acme, f"Agent {days}")
        case = Case.objects.create(agent=agent, detection=Detection.REPORT, opened_by="system:x")
        Report.objects.create(
            about=agent,
            kind="spam",
            capacity="visitor",
            cluster="visitors",
            quality_percent=0,
            case=case,
            text="x",
            filed_at=NOON - timedelta(days=days),
        )
        make_sanction(agent=agent, case=case)
    figures = {figure.words: figure.shown for figure in transparency(NOON).headlines}
    assert figures["From report to measure"] == "4 days"


def test_it_counts_neither_notes_nor_proposals(make_sanction: Callable[..., Sanction], client: Client) -> None:
    note = make_sanction(level=0, reason="reports_opened")
    proposal = make_sanction(state=SanctionState.PROPOSED, starts_at=None, proposed_at=NOON, ends_at=None)
    shown = transparency(NOON)
    assert [table.rows for table in shown.tables] == [[], []]
    for hidden in (note, proposal):
        assert client.get(f"/sanctions/{hidden.pk}").status_code == 404


def test_it_opens_when_nothing_ever_happened(client: Client, db: None) -> None:
    page = client.get("/transparency")
    assert page.status_code == 200
    assert "No measure was ever taken here" in page.text
    assert inline_code(page.text) == []


def test_it_lists_the_latest_with_their_statements(
    make_sanction: Callable[..., Sanction], concierge_name: Name, client: Client
) -> None:
    sanction = make_sanction()
    page = client.get("/transparency")
    assert f'href="/sanctions/{sanction.pk}"' in page.text
    assert 'href="/a/concierge.acme"' in page.text


def test_the_statement_says_what_and_why_and_names_no_person(
    make_sanction: Callable[..., Sanction], concierge_name: Name, client: Client, at: datetime
) -> None:
    sanction = make_sanction(starts_at=at - timedelta(days=1), evidence=["rpt_1", "aut_2"])
    page = client.get(f"/sanctions/{sanction.pk}")
    for words in (
        "Throttled",
        "concierge.acme",
        "Too large a share of its purchases is disputed",
        "Four of twenty purchases",
        "Terms, clause 7.2 disputed purchases",
        "rpt_1",
        "In force",
        "Appeal",
    ):
        assert words in page.text, words
    assert "usr_secret" not in page.text
    assert inline_code(page.text) == []


def test_the_statement_names_no_person_who_runs_agents_herself(
    make_sanction: Callable[..., Sanction], charlie: User, client: Client, at: datetime
) -> None:
    from identity.accounts.organizations import personal_organization

    hers = personal_organization(charlie, at)
    sanction = make_sanction(agent=None, organization=hers, level=5, reason="evasion", ends_at=None)
    page = client.get(f"/sanctions/{sanction.pk}")
    assert page.status_code == 200
    assert "Charlie" not in page.text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SanctionState.OVERTURNED, "overturned on appeal"),
        (SanctionState.LAPSED, "nobody confirmed it in time"),
        (SanctionState.EXPIRED, "its time ran out"),
        (SanctionState.LIFTED, "lifted this before its time"),
        (SanctionState.REPLACED, "replaced on appeal"),
    ],
)
def test_the_statement_stays_when_the_measure_ended(
    make_sanction: Callable[..., Sanction], concierge_name: Name, client: Client, state: SanctionState, words: str
) -> None:
    sanction = make_sanction(**_ended(state, NOON))
    assert words in client.get(f"/sanctions/{sanction.pk}").text
    assert f'href="/sanctions/{sanction.pk}"' in client.get("/a/concierge.acme").text, "as prominently as before"


def test_the_agents_page_shows_what_hits_its_organization(
    make_sanction: Callable[..., Sanction], concierge_name: Name, client: Client
) -> None:
    sanction = make_sanction(agent=None, level=5, reason="evasion", ends_at=None)
    assert f'href="/sanctions/{sanction.pk}"' in client.get("/a/concierge.acme").text


def test_a_measure_past_its_time_is_never_shown_as_in_force(
    make_sanction: Callable[..., Sanction], client: Client, at: datetime
) -> None:
    """Nobody has swept yet: the page says what holds, not what the last job wrote."""
    sanction = make_sanction(starts_at=at - timedelta(days=31), ends_at=at - timedelta(days=1))
    page = client.get(f"/sanctions/{sanction.pk}")
    assert "In force" not in page.text
    assert "its time ran out" in page.text


@pytest.mark.parametrize(
    ("month", "first"), [(1, "Q2 2025"), (3, "Q2 2025"), (4, "Q3 2025"), (10, "Q1 2026"), (12, "Q1 2026")]
)
def test_it_finds_the_quarters_across_the_turn_of_the_year(month: int, first: str) -> None:
    quarters = quarters_until(datetime(2026, month, 28, tzinfo=UTC))
    assert quarters[0].words == first
    assert len({quarter.start for quarter in quarters}) == 4


@pytest.mark.parametrize(
    ("took", "words"),
    [(None, "-"), (timedelta(minutes=40), "1 hour"), (timedelta(hours=47), "47 hours"), (timedelta(days=3), "3 days")],
)
def test_it_says_durations_in_hours_and_days(took: timedelta | None, words: str) -> None:
    assert in_days(took) == words


def test_it_takes_no_share_of_nothing() -> None:
    assert (percent(1, 3), percent(0, 0)) == ("33 %", "-")
