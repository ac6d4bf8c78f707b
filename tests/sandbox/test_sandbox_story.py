"""The sandbox's story: each step once, by the real rules, read back from the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from identity.accounts.models import Organization, User
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.models import Delegation
from identity.journal.actor import Actor
from identity.journal.models import Event
from identity.primitives.errors import Conflict, InvalidInput, NotFound
from identity.spending.answers import approve, decline, decline_and_pause
from identity.spending.approvals import cancel
from identity.spending.limits import APPROVAL_LIFETIME, ELEVATION_LIFETIME, PROMPTS_PER_DAY_MAX
from identity.spending.models import Approval, ApprovalState, Authorization, Budget, CloseReason, Decision, Settlement
from registry.sandbox.limits import QUESTIONS_PER_DAY_MAX
from registry.sandbox.models import SandboxRun
from registry.sandbox.progress import Step, progress_of
from registry.sandbox.runs import lend, open_run, remove, skip, start
from registry.sandbox.story import go_on

pytestmark = pytest.mark.django_db


def step_of(run: SandboxRun, at: datetime) -> Step:
    return progress_of(run, at=at).step


def until_asked(run: SandboxRun, at: datetime) -> Approval:
    for step in (Step.BUY, Step.CHARGE, Step.ASK):
        go_on(run=run, step=step, at=at)
    return Approval.objects.latest("created_at")


def yes(approval: Approval, alice: User, by_alice: Actor, at: datetime) -> None:
    evidence = strong_sign_in_evidence(method="sandbox", signed_in_at=at)
    approve(approval=approval, approver=alice, evidence=evidence, actor=by_alice, at=at)


def test_it_goes_through_hold_charge_question_answer_and_refund(
    lent: SandboxRun, alice: User, by_alice: Actor, at: datetime
) -> None:
    seen = [step_of(lent, at)]
    for step in (Step.BUY, Step.CHARGE, Step.ASK):
        go_on(run=lent, step=step, at=at)
        seen.append(step_of(lent, at))
    yes(Approval.objects.get(), alice, by_alice, at)
    seen.append(step_of(lent, at))
    for step in (Step.BUY_APPROVED, Step.GIVE_BACK):
        go_on(run=lent, step=step, at=at)
        seen.append(step_of(lent, at))

    assert seen == [
        Step.BUY,
        Step.CHARGE,
        Step.ASK,
        Step.ANSWER,
        Step.BUY_APPROVED,
        Step.GIVE_BACK,
        Step.DONE,
    ]
    small, large = Authorization.objects.order_by("created_at", "pk")
    assert (small.currency, small.captured, small.refunded) == ("XTS", 800, 0)
    assert (large.captured, large.refunded, large.close_reason) == (4_500, 4_500, CloseReason.CAPTURED)
    total = Budget.objects.get(pk=f"{lent.delegation}:L1:life")
    assert total.held + total.captured == 800
    assert list(Settlement.objects.order_by("at", "pk").values_list("kind", flat=True)) == [
        "capture",
        "capture",
        "refund",
    ]


def test_it_takes_each_step_once_however_often_it_is_clicked(lent: SandboxRun, at: datetime) -> None:
    for _ in range(3):
        go_on(run=lent, step=Step.BUY, at=at)
    assert Authorization.objects.count() == Decision.objects.count() == 1
    for _ in range(3):
        go_on(run=lent, step=Step.CHARGE, at=at)
    assert Settlement.objects.count() == 1


def test_it_answers_nothing_in_her_place(lent: SandboxRun, at: datetime) -> None:
    until_asked(lent, at)
    with pytest.raises(Conflict) as refused:
        go_on(run=lent, step=Step.ANSWER, at=at)
    assert refused.value.code == "sandbox_waits"
    assert step_of(lent, at) == Step.ANSWER


def test_it_asks_about_another_purchase_after_a_no(
    lent: SandboxRun, alice: User, by_alice: Actor, at: datetime
) -> None:
    first = until_asked(lent, at)
    decline(approval=first, approver=alice, actor=by_alice, at=at)
    assert step_of(lent, at) == Step.ASK
    later = at + timedelta(seconds=1)
    go_on(run=lent, step=Step.ASK, at=later)
    second = Approval.objects.latest("created_at")
    assert second.binding_digest != first.binding_digest
    yes(second, alice, by_alice, later)
    go_on(run=lent, step=Step.BUY_APPROVED, at=later)
    assert step_of(lent, later) == Step.GIVE_BACK


def test_it_asks_again_when_nobody_answered_or_the_yes_ran_out(
    lent: SandboxRun, alice: User, by_alice: Actor, at: datetime
) -> None:
    until_asked(lent, at)
    late = at + APPROVAL_LIFETIME
    assert step_of(lent, late) == Step.ASK
    go_on(run=lent, step=Step.ASK, at=late)
    yes(Approval.objects.latest("created_at"), alice, by_alice, late)
    assert step_of(lent, late) == Step.BUY_APPROVED
    assert step_of(lent, late + ELEVATION_LIFETIME) == Step.ASK


def test_it_leaves_her_questions_for_agents_that_are_real(
    lent: SandboxRun, alice: User, by_alice: Actor, at: datetime
) -> None:
    until_asked(lent, at)
    for minute in range(1, QUESTIONS_PER_DAY_MAX + 1):
        asked = Approval.objects.get(state=ApprovalState.PENDING)
        cancel(approval=asked, actor=by_alice, at=at)
        if minute < QUESTIONS_PER_DAY_MAX:
            go_on(run=lent, step=Step.ASK, at=at + timedelta(minutes=minute))
    with pytest.raises(Conflict) as refused:
        go_on(run=lent, step=Step.ASK, at=at + timedelta(hours=1))
    assert refused.value.code == "sandbox_asked_enough"
    assert QUESTIONS_PER_DAY_MAX < PROMPTS_PER_DAY_MAX
    go_on(run=lent, step=Step.ASK, at=at + timedelta(days=1, hours=1))
    assert step_of(lent, at + timedelta(days=1, hours=1)) == Step.ANSWER


def test_it_stops_when_she_pauses_the_agent(lent: SandboxRun, alice: User, by_alice: Actor, at: datetime) -> None:
    asked = until_asked(lent, at)
    decline_and_pause(approval=asked, approver=alice, actor=by_alice, at=at)
    assert step_of(lent, at) == Step.STOPPED
    assert go_on(run=lent, step=Step.ASK, at=at) is None


def test_it_begins_once(hers: Organization, by_alice: Actor, at: datetime) -> None:
    first = start(organization=hers, actor=by_alice, at=at)
    assert start(organization=hers, actor=by_alice, at=at) == first
    assert Event.objects.filter(kind="sandbox.started").count() == 1


def test_it_words_the_delegation_anew_after_an_hour(
    begun: SandboxRun, hers: Organization, by_alice: Actor, at: datetime
) -> None:
    late = at + timedelta(hours=1)
    evidence = strong_sign_in_evidence(method="sandbox", signed_in_at=late)
    with pytest.raises(InvalidInput) as refused:
        lend(run=begun, evidence=evidence, actor=by_alice, at=late)
    assert refused.value.code == "draft_expired"
    again = start(organization=hers, actor=by_alice, at=late)
    assert again.pk == begun.pk
    assert lend(run=again, evidence=evidence, actor=by_alice, at=late).pk == again.delegation


def test_it_lends_once(lent: SandboxRun, by_alice: Actor, at: datetime) -> None:
    evidence = strong_sign_in_evidence(method="sandbox", signed_in_at=at)
    assert lend(run=lent, evidence=evidence, actor=by_alice, at=at).pk == lent.delegation
    assert Delegation.objects.count() == 1


def test_it_is_removed_with_what_is_held(lent: SandboxRun, hers: Organization, by_alice: Actor, at: datetime) -> None:
    go_on(run=lent, step=Step.BUY, at=at)
    assert remove(organization=hers, actor=by_alice, at=at)
    assert not remove(organization=hers, actor=by_alice, at=at)
    assert Delegation.objects.get().is_revoked
    assert Authorization.objects.get().close_reason == CloseReason.REVOKED
    assert open_run(hers) is None
    with pytest.raises(NotFound) as gone:
        go_on(run=lent, step=Step.CHARGE, at=at)
    assert gone.value.code == "sandbox_ended"


def test_it_can_be_begun_again_after_it_was_removed(
    lent: SandboxRun, hers: Organization, by_alice: Actor, at: datetime
) -> None:
    remove(organization=hers, actor=by_alice, at=at)
    again = start(organization=hers, actor=by_alice, at=at)
    assert again.pk != lent.pk
    assert step_of(again, at) == Step.LEND


def test_it_is_skipped_once_and_for_all(hers: Organization, by_alice: Actor, at: datetime) -> None:
    skip(organization=hers, actor=by_alice, at=at)
    skip(organization=hers, actor=by_alice, at=at)
    assert SandboxRun.objects.filter(organization=hers).count() == 1
    assert open_run(hers) is None
