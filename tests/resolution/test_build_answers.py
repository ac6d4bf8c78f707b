"""Building all answers ahead: the same as when they are asked for one by one."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from identity.agents.models import Agent
from identity.primitives.clock import now
from registry.resolution import build
from registry.resolution.models import Answer
from registry.resolution.resolve import resolve

pytestmark = pytest.mark.django_db


def test_it_stores_what_a_question_would_get(listed):
    list(build.build_answers(at=now()))

    assert set(Answer.objects.values_list("key", flat=True)) == {"concierge.acme", listed.agent.did}
    served = resolve("concierge.acme", at=now())
    assert served.is_stored
    assert json.loads(served.body)["identity"]["did"] == listed.agent.did


def test_it_goes_on_where_it_ended(listed, make_agent, monkeypatch):
    monkeypatch.setattr(build, "AGENTS_PER_CHUNK", 2)
    for number in range(4):
        make_agent(listed.organization, f"Agent {number}")

    first, *rest = list(build.build_answers(at=now()))
    again = list(build.build_answers(at=now(), after=first.after))

    assert [progress.agents for progress in (first, *rest)] == [2, 2, 1]
    assert [progress.after for progress in again] == [progress.after for progress in rest]


def test_a_change_while_it_builds_wins(listed, monkeypatch):
    original = build.build

    def build_then_change(**arguments):
        built = original(**arguments)
        Agent.objects.filter(pk=listed.agent.pk).update(display_name="Renamed")
        return built

    monkeypatch.setattr(build, "build", build_then_change)
    list(build.build_answers(at=now()))

    assert not Answer.objects.exists()
    assert json.loads(resolve("concierge.acme", at=now()).body)["identity"]["display_name"] == "Renamed"


def test_the_command_says_what_it_did(listed, capsys):
    call_command("build_answers")

    assert "2 answers of 1 agents" in capsys.readouterr().out
