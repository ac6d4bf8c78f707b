"""Contesting an item: an organization says why one upheld case should not weigh against its agent; an operator looks.

That is not an appeal: an appeal is against a measure and its clock is in ``reputation.moderation``.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from identity.accounts.models import Membership, Organization, User
from identity.agents.models import Agent
from identity.journal.actor import Actor, ActorKind
from identity.journal.moderation_kinds import ContestAnswered, EvidenceContested
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput, NotFound, NotPermitted, TooMany
from reputation.scoring.evidence import withdraw_case_evidence
from reputation.scoring.limits import CONTEST_TEXT_LENGTH_MAX, CONTESTS_OPEN_MAX
from reputation.scoring.models import CaseEvidence, Contest, ContestState, Withdrawal

RETRY_AFTER_SECONDS = 86_400


def contest_item(
    *, agent: Agent, item: str, text: str, organization: Organization, actor: Actor, at: datetime
) -> Contest:
    """Ask an operator to look at one item (``cev_…``) of ``agent`` again. The item weighs until it is answered.

    Raises NotFound ``not_found`` for an item that is not this agent's or counts no more, InvalidInput
    ``contest_text``, Conflict ``item_contested_before``, TooMany ``too_many_contests``.
    """
    _check_text(text)
    with transaction.atomic():
        evidence = CaseEvidence.objects.filter(pk=item, agent=agent, withdrawn_at=None).first()
        if evidence is None or agent.organization_id != organization.pk:
            raise NotFound("not_found", "There is no such item.")
        # One after the other: the limit below counts what others have committed.
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        if Contest.objects.filter(item=item).exists():
            raise Conflict("item_contested_before", "This item was contested before; an appeal is the way on.")
        if Contest.objects.filter(organization=organization, state=ContestState.OPEN).count() >= CONTESTS_OPEN_MAX:
            detail = f"At most {CONTESTS_OPEN_MAX} items wait for an answer at a time."
            raise TooMany("too_many_contests", detail, retry_after_seconds=RETRY_AFTER_SECONDS)
        contest = Contest.objects.create(agent=agent, organization=organization, item=item, text=text, opened_at=at)
        event = EvidenceContested(contest.pk, item)
        record(event, subject=agent.pk, actor=actor, at=at, organization=organization.pk)
    return contest


def answer_contest(*, contest: Contest, is_accepted: bool, answer: str, operator: User, at: datetime) -> Contest:
    """An operator's answer, with a reason the organization reads. Accepted, the item weighs nothing from now on.

    Raises InvalidInput ``contest_text``, Conflict ``contest_answered``, NotPermitted ``operators_only`` and
    ``conflict_of_interest``: stops an operator from clearing the name of an organization of her own.
    """
    _check_text(answer)
    actor = Actor(ActorKind.OPERATOR, operator.pk)
    if not (operator.is_active and operator.is_staff):
        raise NotPermitted("operators_only", "Only an operator of the registry may do this.")
    if Membership.objects.filter(organization=contest.organization_id, user=operator).exists():
        raise NotPermitted("conflict_of_interest", "You belong to this organization: somebody else has to answer.")
    state = ContestState.ACCEPTED if is_accepted else ContestState.REJECTED
    with transaction.atomic():
        contest = Contest.objects.select_for_update(no_key=True).get(pk=contest.pk)
        if contest.state != ContestState.OPEN:
            raise Conflict("contest_answered", "This was answered already.")
        contest.state, contest.answer, contest.answered_at = state, answer, at
        contest.save(update_fields=["state", "answer", "answered_at"])
        event = ContestAnswered(contest.pk, contest.item, state.value)
        record(event, subject=contest.agent_id, actor=actor, at=at, organization=contest.organization_id)
        if is_accepted:
            report = CaseEvidence.objects.values_list("report", flat=True).get(pk=contest.item)
            withdraw_case_evidence(report=report, because=Withdrawal.CONTESTED, actor=actor, at=at)
    return contest


def _check_text(text: str) -> None:
    if not 0 < len(text.strip()) <= CONTEST_TEXT_LENGTH_MAX:
        raise InvalidInput("contest_text", f"Say in 1 to {CONTEST_TEXT_LENGTH_MAX} characters why.", field="text")
