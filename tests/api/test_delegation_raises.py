"""Wider limits over HTTP wait as they do in the console, whichever of its doors they came through."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from identity.accounts.models import Organization
from identity.delegation import delegate
from identity.delegation.freeze import freeze_principal, unfreeze_principal
from identity.delegation.models import Delegation, PendingRaise
from identity.journal.actor import system
from identity.journal.models import Event
from identity.primitives.clock import now, rfc3339
from identity.primitives.multikey import PrivateKey
from identity.spending.raises import WAITS_AT_MOST, apply_due_raises
from registry.api.v1 import delegations
from tests.api.agent_calls import proof
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db
BY_TESTS = system("tests")


@pytest.fixture(autouse=True)
def signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever made the key signed in strongly just now."""
    monkeypatch.setattr(
        delegations,
        "consent_by_sign_in",
        lambda *_args, at: delegate.strong_sign_in_evidence(method="webauthn", signed_in_at=at),
    )


@pytest.fixture
def agent(program: Caller) -> dict[str, Any]:
    return dict(program.post("/v1/agents", {**proof(program, PrivateKey.generate()), "display_name": "Planner"}).json())


@pytest.fixture
def root(program: Caller, agent: dict[str, Any]) -> dict[str, Any]:
    """500 EUR for thirty days."""
    answer = program.post("/v1/delegations", terms(agent, rfc3339(now() + timedelta(days=30))))
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def terms(agent: dict[str, Any], until: str, amount: int = 50_000, **more: Any) -> dict[str, Any]:
    limits = [{"type": "total", "amount": amount, "currency": "EUR"}]
    return {"agent": agent["id"], "constraints": limits, "valid_until": until, **more}


def code(answer: Any) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code")


def later(text: str) -> str:
    return rfc3339(now().fromisoformat(text) + timedelta(days=1))


@pytest.fixture
def waiting(program: Caller, agent: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    """800 EUR in its place, agreed to."""
    answer = program.post(f"/v1/delegations/{root['id']}/replace", terms(agent, root["valid_until"], 80_000))
    assert answer.status_code == 202, answer.content
    assert answer["Location"] == f"/v1/delegations/{root['id']}/raises/{answer.json()['id']}"
    return dict(answer.json())


def test_narrower_limits_begin_at_once(program: Caller, agent: dict[str, Any], root: dict[str, Any]) -> None:
    new = program.post(f"/v1/delegations/{root['id']}/replace", terms(agent, root["valid_until"], 40_000))
    assert (new.status_code, new.json()["replaces"]) == (201, root["id"])
    assert not PendingRaise.objects.exists()


def test_wider_limits_wait_and_then_begin_by_themselves(
    program: Caller, root: dict[str, Any], waiting: dict[str, Any], settings: Any
) -> None:
    pending = PendingRaise.objects.get()
    assert (waiting["state"], waiting["delegation"], waiting["wider"]) == ("pending", root["id"], ["L1"])
    assert "800.00 EUR" in waiting["sentence"]
    assert pending.ripe_at - pending.asked_at == timedelta(seconds=settings.DELEGATION_RAISE_COOLING_SECONDS)
    assert program.get(f"/v1/delegations/{waiting['replacement']}").status_code == 404
    assert program.get(f"/v1/delegations/{root['id']}").json()["status"] == "active"

    assert apply_due_raises(at=pending.ripe_at - timedelta(microseconds=1)) == 0
    assert apply_due_raises(at=pending.ripe_at) == 1
    new = program.get(f"/v1/delegations/{waiting['replacement']}").json()
    assert (new["replaces"], new["constraints"][0]["amount"]) == (root["id"], 80_000)
    assert program.get(f"/v1/delegations/{root['id']}/raises/{waiting['id']}").json()["state"] == "issued"


@pytest.mark.parametrize("wider", ["longer", "deeper", "of_another_currency", "less_often_asked"])
def test_it_waits_whatever_it_is_wider_in(program: Caller, agent: dict[str, Any], wider: str) -> None:
    asks = {"type": "step_up", "when": {"always": True}}
    until = rfc3339(now() + timedelta(days=30))
    old = terms(agent, until)
    old["constraints"] = [*old["constraints"], asks]
    place = f"/v1/delegations/{program.post('/v1/delegations', old).json()['id']}/replace"
    changed = {
        "longer": {**old, "valid_until": later(until)},
        "deeper": {**old, "max_further_depth": 1},
        "of_another_currency": {
            **old,
            "constraints": [*old["constraints"], {"type": "total", "amount": 1, "currency": "CHF"}],
        },
        "less_often_asked": terms(agent, until),
    }
    assert program.post(place, changed[wider]).status_code == 202


def test_no_other_door_leads_around_the_wait(program: Caller, agent: dict[str, Any], root: dict[str, Any]) -> None:
    """Stops a program from naming what it replaces in the terms, or in a draft, instead of in the address."""
    wanted = terms(agent, root["valid_until"], 80_000, replaces=root["id"])
    draft = program.post("/v1/delegations/drafts", wanted).json()
    asked = program.post("/v1/delegations", wanted)
    assert (asked.status_code, asked.json()["state"]) == (202, "pending")
    assert code(program.post("/v1/delegations", {"draft": draft["id"]})) == (409, "raise_pending")
    program.post(f"{asked['Location']}/cancel", {})
    assert program.post("/v1/delegations", {"draft": draft["id"]}).status_code == 202
    assert Delegation.objects.count() == 1


def test_what_waits_does_not_say_that_it_holds_already(waiting: dict[str, Any]) -> None:
    pending = PendingRaise.objects.get()
    begins = now().fromisoformat(pending.draft.document["validFrom"])
    assert pending.ripe_at - begins < timedelta(seconds=1)


def test_it_is_cancelled_without_anybody_signed_in(
    program: Caller, root: dict[str, Any], waiting: dict[str, Any]
) -> None:
    place = f"/v1/delegations/{root['id']}/raises/{waiting['id']}"
    cancelled = program.post(f"{place}/cancel", {})
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert code(program.post(f"{place}/cancel", {})) == (409, "raise_over")
    assert apply_due_raises(at=PendingRaise.objects.get().ripe_at) == 0
    assert [row["state"] for row in program.get(f"/v1/delegations/{root['id']}/raises").json()["items"]] == [
        "cancelled"
    ]
    assert Event.objects.filter(kind="delegation.raise_cancelled", subject=root["id"]).exists()


def test_one_waits_at_a_time(
    program: Caller, agent: dict[str, Any], root: dict[str, Any], waiting: dict[str, Any]
) -> None:
    second = program.post(f"/v1/delegations/{root['id']}/replace", terms(agent, root["valid_until"], 90_000))
    assert code(second) == (409, "raise_pending")
    assert program.get(f"/v1/delegations/{root['id']}/raises").json()["items"] == [waiting]


def test_narrower_limits_overtake_what_waits(
    program: Caller, agent: dict[str, Any], root: dict[str, Any], waiting: dict[str, Any]
) -> None:
    """Whoever lowers a limit meanwhile is not surprised a day later."""
    lowered = program.post(f"/v1/delegations/{root['id']}/replace", terms(agent, root["valid_until"], 10_000))
    assert lowered.status_code == 201
    assert apply_due_raises(at=PendingRaise.objects.get().ripe_at) == 0
    seen = program.get(f"/v1/delegations/{root['id']}/raises/{waiting['id']}").json()
    assert (seen["state"], seen["end_reason"]) == ("failed", "delegation_revoked")
    assert Delegation.objects.get(status="active").constraints[0]["amount"] == 10_000


def test_a_pause_outlives_it(
    program: Caller, root: dict[str, Any], waiting: dict[str, Any], acme: Organization
) -> None:
    ripe = PendingRaise.objects.get().ripe_at
    freeze_principal(principal=acme, actor=BY_TESTS, at=ripe)
    assert apply_due_raises(at=ripe) == 0
    unfreeze_principal(principal=acme, evidence={"type": "StrongSignIn"}, actor=BY_TESTS, at=ripe)
    assert apply_due_raises(at=ripe + WAITS_AT_MOST - timedelta(seconds=1)) == 1


def test_what_would_end_before_it_begins_is_refused(
    program: Caller, agent: dict[str, Any], root: dict[str, Any]
) -> None:
    soon = terms(agent, rfc3339(now() + timedelta(hours=23)), 80_000)
    assert code(program.post(f"/v1/delegations/{root['id']}/replace", soon)) == (422, "validity_invalid")


def test_what_is_paused_is_not_widened(program: Caller, agent: dict[str, Any], root: dict[str, Any]) -> None:
    program.post(f"/v1/delegations/{root['id']}/suspend", {"reason": "paused"})
    wanted = terms(agent, root["valid_until"], 80_000)
    assert code(program.post(f"/v1/delegations/{root['id']}/replace", wanted)) == (409, "delegation_not_active")


def test_the_same_key_asks_once(program: Caller, agent: dict[str, Any], root: dict[str, Any]) -> None:
    wanted = terms(agent, root["valid_until"], 80_000)
    path = f"/v1/delegations/{root['id']}/replace"
    first, second = (program.post(path, wanted, idempotency_key="raise-1") for _ in range(2))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert PendingRaise.objects.count() == 1


def test_it_does_not_exist_for_strangers(
    program: Caller, stranger: Caller, root: dict[str, Any], waiting: dict[str, Any]
) -> None:
    place = f"/v1/delegations/{root['id']}/raises"
    answers = [
        stranger.get(place),
        stranger.get(f"{place}/{waiting['id']}"),
        stranger.post(f"{place}/{waiting['id']}/cancel", {}),
        program.get(f"{place}/rai_none"),
        program.get(f"/v1/delegations/dlg_none/raises/{waiting['id']}"),
    ]
    assert {code(answer) for answer in answers} == {(404, "not_found")}
    assert PendingRaise.objects.get().state == "pending"


def test_it_needs_the_scope(reader: Caller, root: dict[str, Any], waiting: dict[str, Any]) -> None:
    place = f"/v1/delegations/{root['id']}/raises"
    assert code(reader.get(place)) == (403, "scope_missing")
    assert code(reader.post(f"{place}/{waiting['id']}/cancel", {})) == (403, "scope_missing")
