"""An answer names the measures in force and the reputation, and follows each change of them at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from identity.accounts.models import DeskRole
from identity.agents.lifecycle import SuspensionReason, suspend
from identity.agents.models import Agent, AgentKind, AgentStatus, SuspendedBy
from identity.journal.actor import system
from identity.primitives.clock import now, rfc3339
from registry.resolution.models import Answer
from registry.resolution.resolve import resolve
from reputation.moderation.ladder import rung_of
from reputation.moderation.models import Appeal, AppealOutcome, AppealState, Sanction, SanctionState, Signature
from reputation.scoring.evidence import add_case_evidence, withdraw_case_evidence
from reputation.scoring.formula import SeverityKind
from reputation.scoring.models import AgentScore
from reputation.scoring.refresh import refresh_score

pytestmark = pytest.mark.django_db(transaction=True)
TESTS = system("tests")


@pytest.fixture
def concierge(acme: Any, make_agent: Any) -> Agent:
    return make_agent(acme)


@pytest.fixture
def impose(make_person: Callable[..., Any], at: datetime) -> Callable[..., Sanction]:
    """A measure's row as it stands in force, signed by as many as it needs; who may sign is tested where they do."""
    people = iter(make_person(f"Operator{number}", is_staff=True) for number in range(9))

    def make(about: Agent, level: int = 1, *, ends_at: datetime | None = None, **changes: Any) -> Sanction:
        values: dict[str, Any] = {
            "agent": about,
            "organization": about.organization,
            "reason": "reports_from_several",
            "facts": "Three reports.",
            "detection": "report",
            "proposed_by": "operator:usr_olga",
            **changes,
        }
        sanction = Sanction.objects.create(level=level, **values)
        rung = rung_of(level)
        for number in range(rung.signatures):
            role = DeskRole.MANAGER if number < rung.managers else DeskRole.ANALYST
            Signature.objects.create(sanction=sanction, operator=next(people), role=role)
        sanction.state, sanction.starts_at, sanction.ends_at = SanctionState.EFFECTIVE, at, ends_at
        sanction.save(update_fields=["state", "starts_at", "ends_at"])
        return sanction

    return make


def answer(agent: Agent, at: datetime | None = None) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(resolve(agent.did, at=at or now()).body)
    return document


def test_it_says_of_a_new_agent_that_too_little_is_known(concierge: Agent) -> None:
    said = answer(concierge)
    assert said["reputation"] == {"band": "unproven", "score": 121, "sample_size": 0, "formula": "attorn-score-1"}
    assert said["standing"]["sanctions"] == {"state": "known", "items": []}
    assert said["evidence"]["in_good_standing"] == {"state": "yes"}


def test_it_says_nothing_of_an_agent_nobody_answers_for(db: None) -> None:
    foreign = Agent(kind=AgentKind.FOREIGN, status=AgentStatus.UNCLAIMED, display_name="Found elsewhere")
    foreign.did = f"did:web:localhost%3A8000:agents:{foreign.pk}"
    foreign.save(force_insert=True)
    assert answer(foreign)["reputation"] == {"band": "unknown", "score": None, "sample_size": 0, "formula": None}


def test_it_follows_a_case_and_its_overturning_at_once(concierge: Agent, at: datetime) -> None:
    before = answer(concierge)
    values: dict[str, Any] = {"case": "cas_1", "report": "rpt_1", "vendor": None, "quality": 1.0}
    add_case_evidence(agent=concierge, severity=SeverityKind.FRAUD, actor=TESTS, at=at, **values)
    told = answer(concierge)
    assert told["reputation"]["sample_size"] == 1
    assert told["reputation"]["score"] < before["reputation"]["score"]
    assert told["epoch"] > before["epoch"]
    withdraw_case_evidence(case="cas_1", actor=TESTS, at=at)
    assert answer(concierge)["reputation"] == before["reputation"]


def test_it_keeps_the_bytes_of_whom_a_night_did_not_change(concierge: Agent, at: datetime) -> None:
    refresh_score(concierge, at=at)
    answer(concierge)
    refresh_score(concierge, at=at + timedelta(days=1))
    assert Answer.objects.filter(key=concierge.did).exists()
    AgentScore.objects.filter(pk=concierge.pk).update(score=500)
    assert not Answer.objects.filter(key=concierge.did).exists()


def test_it_names_each_measure_in_force_the_gravest_first(concierge, impose, at) -> None:
    answer(concierge)
    label = impose(concierge, 1, ends_at=at + timedelta(days=14))
    throttle = impose(concierge, 2, ends_at=at + timedelta(days=30))
    said = answer(concierge)
    assert [item["id"] for item in said["standing"]["sanctions"]["items"]] == [throttle.pk, label.pk]
    assert said["standing"]["sanctions"]["items"][1] == {
        "id": label.pk,
        "level": 1,
        "measure": "under_review",
        "reason": "reports_from_several",
        "about": "agent",
        "since": rfc3339(at),
        "until": rfc3339(at + timedelta(days=14)),
        "confirm_by": None,
        "appeal": "none",
    }
    assert said["evidence"]["in_good_standing"] == {"state": "no"}


def test_it_hides_the_floor_while_the_agent_is_under_review(concierge, impose, at) -> None:
    label = impose(concierge, 1, ends_at=at + timedelta(days=14))
    said = answer(concierge)
    assert said["reputation"] == {
        "band": "under_review",
        "score": None,
        "sample_size": 0,
        "formula": "attorn-score-1",
    }
    assert said["evidence"]["in_good_standing"] == {"state": "unknown"}
    Sanction.objects.filter(pk=label.pk).update(state=SanctionState.LIFTED, ended_at=at)
    assert answer(concierge)["reputation"]["score"] == 121


def test_it_shows_the_score_beside_graver_measures(concierge, impose, at) -> None:
    impose(concierge, 2, ends_at=at + timedelta(days=30))
    assert answer(concierge)["reputation"]["score"] == 121


def test_it_keeps_a_note_between_the_registry_and_the_organization(concierge, impose) -> None:
    impose(concierge, 0)
    said = answer(concierge)
    assert said["standing"]["sanctions"]["items"] == []
    assert said["evidence"]["in_good_standing"] == {"state": "yes"}


def test_it_shows_a_measure_against_the_organization_in_the_answers_of_all_its_agents(
    concierge, acme, make_agent, impose
) -> None:
    other = make_agent(acme, "Other")
    answer(concierge)
    answer(other)
    impose(concierge, 5, agent=None, reason="evasion")
    for agent in (concierge, other):
        (item,) = answer(agent)["standing"]["sanctions"]["items"]
        assert (item["about"], item["measure"], item["until"]) == ("organization", "deplatforming", None)


def test_it_ends_with_the_measure_whoever_noticed_it(concierge, impose, at) -> None:
    ends_at = now() + timedelta(seconds=60)
    impose(concierge, 1, ends_at=ends_at)
    said = answer(concierge)
    assert said["valid_until"] == rfc3339(ends_at)
    assert answer(concierge, at=ends_at + timedelta(seconds=1))["standing"]["sanctions"]["items"] == []


def test_it_says_until_when_a_second_operator_must_confirm(concierge, impose, at) -> None:
    confirm_by = at + timedelta(hours=72)
    impose(concierge, 3, is_emergency=True, confirm_by=confirm_by, reason="confirmed_fraud")
    (item,) = answer(concierge)["standing"]["sanctions"]["items"]
    assert item["confirm_by"] == rfc3339(confirm_by)


def test_it_follows_the_appeal(concierge, impose, olga, at) -> None:
    sanction = impose(concierge, 2, ends_at=at + timedelta(days=30))
    answer(concierge)
    appeal = Appeal.objects.create(
        sanction=sanction,
        appellant=concierge.organization,
        appellant_kind="subject",
        words="It was not us.",
        opened_by="user:usr_alice",
        due_at=at + timedelta(days=14),
    )
    assert answer(concierge)["standing"]["sanctions"]["items"][0]["appeal"] == "open"
    Appeal.objects.filter(pk=appeal.pk).update(
        state=AppealState.DECIDED, outcome=AppealOutcome.UPHELD, decided_at=at, decided_by=olga
    )
    assert answer(concierge)["standing"]["sanctions"]["items"][0]["appeal"] == "upheld"


def test_it_shows_no_key_of_a_revoked_agent(concierge, at) -> None:
    Agent.objects.filter(pk=concierge.pk).update(status=AgentStatus.REVOKED, status_reason="confirmed_fraud")
    served = resolve(concierge.did, at=now())
    said = orjson.loads(served.body)
    assert served.status == 200
    assert said["standing"]["status"] == "revoked"
    assert said["identity"]["verification_methods"] == said["identity"]["also_known_as"] == []
    assert said["evidence"]["verified"]["state"] == said["evidence"]["in_good_standing"]["state"] == "no"


def test_it_tells_a_suspension_of_its_own_from_a_measure(concierge, at) -> None:
    suspend(agent=concierge, reason=SuspensionReason.MAINTENANCE, by=SuspendedBy.CONTROLLER, actor=TESTS, at=at)
    said = answer(concierge)
    assert (said["standing"]["suspended_by"], said["standing"]["sanctions"]["items"]) == ("controller", [])


def test_it_keeps_the_bytes_of_whom_a_first_score_tells_nothing_new_of(concierge: Agent, at: datetime) -> None:
    before = answer(concierge)
    refresh_score(concierge, at=at)
    assert AgentScore.objects.filter(pk=concierge.pk).exists()
    assert Answer.objects.filter(key=concierge.did).exists()
    assert answer(concierge) == before
