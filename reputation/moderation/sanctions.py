"""Imposing measures of the ladder: proposed by one operator, signed by as many as the level asks for, lifted.

Every change closes the gates of its subject first (``effects.close_gates``) and lets the standings follow last
(``effects.apply_sanctions``), so that no authorization commits on a standing that had ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from identity.accounts.models import Organization, User
from identity.accounts.operators import require_manager
from identity.agents.models import Agent, AgentStatus
from identity.journal.actor import Actor, ActorKind
from identity.journal.moderation_kinds import SanctionProposed, SanctionRenewed
from identity.journal.record import record
from identity.primitives.clock import rfc3339
from identity.primitives.errors import Conflict, InvalidInput
from reputation.moderation.confirm import add_signature, deciding_operator, is_fully_signed
from reputation.moderation.deplatform import marks_of
from reputation.moderation.effects import apply_sanctions, close_gates
from reputation.moderation.force import confirm, end, put_in_force
from reputation.moderation.ladder import (
    ALONE_AGAIN_AFTER,
    CONFIRM_WITHIN,
    GROUNDS,
    PROPOSAL_OPEN_FOR,
    WIND_DOWN_DAYS_MAX,
    Level,
    Reason,
    carries,
    length_of,
    rung_of,
)
from reputation.moderation.lapse import end_due_of
from reputation.moderation.limits import END_REASON_LENGTH_MAX, FACTS_LENGTH_MAX, SANCTION_EVIDENCE_MAX
from reputation.moderation.models import AppealOutcome, Case, Detection, Sanction, SanctionState
from reputation.moderation.reach import subject_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What an operator proposes. ``facts`` are published and name nobody; ``evidence`` are ids of reports and
    authorizations; ``days`` shortens a measure that has an end; ``wind_down_days`` (level 5, up to 14) lets what was
    delegated before run on, unless somebody deceived."""

    level: int
    reason: str
    facts: str
    evidence: tuple[str, ...] = ()
    days: int | None = None
    wind_down_days: int = 0
    detection: str = Detection.OPERATOR


def propose_sanction(
    *, case: Case | None, subject: Agent | Organization, proposal: Proposal, actor: Actor, at: datetime
) -> Sanction:
    """Propose a measure and, as an operator, sign it; it is in force at once where one signature is enough.

    From level 3 on the agents' entries are held from now, so that nobody leaves while a second operator thinks.
    The registry itself (``system``) may propose a label, no more, and signs nothing. Raises InvalidInput
    ``sanction_invalid``, Conflict ``sanction_in_force``, ``sanction_subject_ended``, ``case_closed``,
    ``case_overturned``; NotPermitted ``operators_only``, ``conflict_of_interest``.
    """
    return _open(case, subject, proposal, is_emergency=False, actor=actor, at=at)


def impose_in_emergency(
    *, case: Case | None, subject: Agent | Organization, proposal: Proposal, actor: Actor, at: datetime
) -> Sanction:
    """Suspend at once on one signature. It lapses after 72 hours unless another operator signs. Raises as
    ``propose_sanction``; InvalidInput ``sanction_invalid`` for any other level than 3; Conflict
    ``emergency_unconfirmed`` for whoever did so alone before."""
    if proposal.level != Level.SUSPENDED:
        raise _invalid("Only a suspension can be imposed in an emergency.", "level")
    return _open(case, subject, proposal, is_emergency=True, actor=actor, at=at)


def sign_sanction(*, sanction: Sanction, actor: Actor, at: datetime) -> Sanction:
    """A further operator signs: a proposal comes into force with the last signature it needs, an emergency measure is
    confirmed. Raises Conflict ``sanction_ended``, ``sanction_confirmed`` or ``signed_already``; NotPermitted
    ``operators_only``, ``conflict_of_interest``."""
    with transaction.atomic():
        sanction = lock_sanction(sanction)
        if not sanction.is_open or (sanction.confirm_by is not None and sanction.confirm_by <= at):
            raise _ended()
        if sanction.confirm_by is None:
            raise Conflict("sanction_confirmed", "This measure has all the signatures it needs.")
        operator = deciding_operator(actor, case=sanction.case, organization_id=sanction.organization_id)
        add_signature(sanction, operator, actor=actor, at=at)
        if is_fully_signed(sanction):
            if sanction.state == SanctionState.PROPOSED:
                put_in_force(sanction, actor=actor, at=at)
            else:
                confirm(sanction, actor=actor, at=at)
    return sanction


def withdraw_proposal(*, sanction: Sanction, reason: str, actor: Actor, at: datetime) -> Sanction:
    """Take back a proposal, one's own or another's; what it held is free. Conflict ``sanction_not_proposed``."""
    words = _end_words(reason)
    with transaction.atomic():
        sanction = lock_sanction(sanction)
        deciding_operator(actor, case=sanction.case, organization_id=sanction.organization_id)
        if sanction.state != SanctionState.PROPOSED:
            raise Conflict("sanction_not_proposed", "This measure is no proposal any more.")
        end(sanction, SanctionState.WITHDRAWN, reason=words, actor=actor, at=at)
    return sanction


def lift_sanction(*, sanction: Sanction, reason: str, actor: Actor, at: datetime) -> Sanction:
    """End a measure before its time, with a reason that is published. Lifting a deplatforming, which admits the
    organization again, is a manager's. Raises Conflict ``sanction_ended``; NotPermitted ``operators_only``,
    ``conflict_of_interest``, ``manager_only``; Conflict ``readmission_too_early`` within two years."""
    words = _end_words(reason)
    with transaction.atomic():
        sanction = lock_sanction(sanction)
        operator = deciding_operator(actor, case=sanction.case, organization_id=sanction.organization_id)
        if sanction.level == Level.DEPLATFORMED:
            require_manager(operator)
        if sanction.state != SanctionState.EFFECTIVE:
            raise _ended()
        if sanction.readmission_from is not None and at < sanction.readmission_from:
            raise Conflict(
                "readmission_too_early", f"It can be admitted again from {rfc3339(sanction.readmission_from)} on."
            )
        end(sanction, SanctionState.LIFTED, reason=words, actor=actor, at=at)
    return sanction


def renew_sanction(*, sanction: Sanction, actor: Actor, at: datetime) -> Sanction:
    """Let a throttle go on for its length once more, from where it would have ended. Once; Conflict
    ``sanction_not_renewable`` or ``sanction_ended``."""
    with transaction.atomic():
        sanction = lock_sanction(sanction)
        deciding_operator(actor, case=sanction.case, organization_id=sanction.organization_id)
        if not sanction.is_in_force(at) or sanction.ends_at is None:
            raise _ended()
        if sanction.renewals >= sanction.rung.renewals_max:
            raise Conflict("sanction_not_renewable", "The ladder does not let this measure go on any longer.")
        sanction.renewals += 1
        sanction.ends_at += length_of(sanction.level, sanction.days) or timedelta(0)
        sanction.save(update_fields=["renewals", "ends_at"])
        event = SanctionRenewed(
            about=sanction.about_id, level=sanction.level, case=sanction.case_id, ends_at=rfc3339(sanction.ends_at)
        )
        record(event, subject=sanction.pk, actor=actor, at=at, organization=sanction.organization_id)
    return sanction


def lock_sanction(sanction: Sanction) -> Sanction:
    """The row as it stands, behind the gates of its subject; an organization's own row before it, so that nobody
    registers an agent that this decision does not see."""
    subject = subject_of(sanction)
    close_gates(subject)
    if isinstance(subject, Organization):
        _current(subject)
    rows = Sanction.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("agent", "organization", "case").get(pk=sanction.pk)


def _open(
    case: Case | None,
    subject: Agent | Organization,
    proposal: Proposal,
    *,
    is_emergency: bool,
    actor: Actor,
    at: datetime,
) -> Sanction:
    reason = check_proposal(proposal)
    with transaction.atomic():
        close_gates(subject)
        subject = _current(subject)
        agent, organization_id = _parties(subject)
        _check_case(case, subject)
        operator = None
        if actor.kind is not ActorKind.SYSTEM or proposal.level > Level.UNDER_REVIEW:
            operator = deciding_operator(actor, case=case, organization_id=organization_id)
        _check_subject(subject, proposal.level)
        end_due_of(subject, at=at)
        _refuse_second(subject, proposal.level)
        if is_emergency and operator is not None:
            _refuse_second_emergency(subject, operator, at=at)
        sanction = Sanction.objects.create(
            case=case,
            agent=agent,
            organization_id=organization_id,
            level=proposal.level,
            reason=reason.value,
            facts=proposal.facts.strip(),
            evidence=list(proposal.evidence),
            detection=case.detection if case else proposal.detection,
            is_emergency=is_emergency,
            days=proposal.days,
            wind_down_days=proposal.wind_down_days,
            proposed_by=str(actor),
            proposed_at=at,
            confirm_by=at + (CONFIRM_WITHIN if is_emergency else PROPOSAL_OPEN_FOR),
            marks=marks_of(subject, at=at) if isinstance(subject, Organization) else {},
        )
        event = SanctionProposed(about=sanction.about_id, level=sanction.level, case=sanction.case_id, reason=reason)
        record(event, subject=sanction.pk, actor=actor, at=at)
        if operator is not None:
            add_signature(sanction, operator, actor=actor, at=at)
        if is_emergency or (operator is not None and is_fully_signed(sanction)):
            put_in_force(sanction, actor=actor, at=at)
        else:
            apply_sanctions(subject, actor=actor, at=at)  # the hold of a proposal
    return sanction


def check_proposal(proposal: Proposal) -> Reason:
    """The reason, when everything about the proposal is as the ladder wants it. InvalidInput ``sanction_invalid``."""
    if proposal.level not in tuple(Level)[1:]:
        raise _invalid("The level is 1 to 5; a note is the opening of a case.", "level")
    if proposal.reason not in set(Reason):
        raise _invalid(f"The reason is one of {', '.join(Reason)}.", "reason")
    reason = Reason(proposal.reason)
    if not carries(reason, proposal.level):
        raise _invalid(f"{reason} carries no more than level {GROUNDS[reason].level_max}.", "reason")
    if not 0 < len(proposal.facts.strip()) <= FACTS_LENGTH_MAX:
        raise _invalid(f"State the facts in 1 to {FACTS_LENGTH_MAX} characters.", "facts")
    if len(proposal.evidence) > SANCTION_EVIDENCE_MAX:
        raise _invalid(f"Name at most {SANCTION_EVIDENCE_MAX} reports and authorizations.", "evidence")
    try:
        length_of(proposal.level, proposal.days)
    except ValueError as error:
        raise _invalid(str(error), "days") from error
    _check_wind_down(proposal, reason)
    return reason


def _check_wind_down(proposal: Proposal, reason: Reason) -> None:
    if not proposal.wind_down_days:
        return
    if proposal.level != Level.DEPLATFORMED or not 0 < proposal.wind_down_days <= WIND_DOWN_DAYS_MAX:
        raise _invalid(f"Only a deplatforming winds down, for at most {WIND_DOWN_DAYS_MAX} days.", "wind_down_days")
    if GROUNDS[reason].is_deceit:
        raise _invalid("Where somebody deceived, nothing winds down.", "wind_down_days")


def _current(subject: Agent | Organization) -> Agent | Organization:
    if isinstance(subject, Agent):
        return Agent.objects.select_for_update(no_key=True).get(pk=subject.pk)
    return Organization.objects.select_for_update(no_key=True).get(pk=subject.pk)


def _parties(subject: Agent | Organization) -> tuple[Agent | None, str | None]:
    return (subject, subject.organization_id) if isinstance(subject, Agent) else (None, subject.pk)


def _check_case(case: Case | None, subject: Agent | Organization) -> None:
    """Conflict ``case_closed`` or ``case_overturned``, InvalidInput ``sanction_invalid``: a measure stands on the case
    about its subject, or about an agent of the organization it hits. Stops what an appeal ended from being imposed once
    more on the same file, by those who were overruled."""
    if case is None:
        return
    case.refresh_from_db(fields=["state"])
    if not case.is_open:
        raise Conflict("case_closed", "This case is closed; open another one for what is new.")
    agent, organization_id = _parties(subject)
    overturned = case.sanctions.filter(appeals__outcome=AppealOutcome.OVERTURNED)
    if overturned.filter(agent=agent, organization_id=organization_id).exists():
        raise Conflict(
            "case_overturned",
            "An appeal overturned what this case had led to. Close it, and open another one for what is new.",
        )
    is_its_own = case.agent_id == agent.pk if agent and case.agent_id else case.organization_id == organization_id
    if not is_its_own:
        raise _invalid("This case is about somebody else.", "case")


def _check_subject(subject: Agent | Organization, level: int) -> None:
    if isinstance(subject, Organization):
        return
    if rung_of(level).is_of_organization:
        raise _invalid("Only an organization is deplatformed.", "level")
    if subject.status == AgentStatus.DEACTIVATED:
        raise Conflict("sanction_subject_ended", "This agent was deactivated; nothing of it is left to limit.")
    if subject.status == AgentStatus.UNCLAIMED and level > Level.UNDER_REVIEW:
        raise Conflict("agent_unclaimed", "Nobody has claimed this agent: a label is all that can be put on it.")


def _refuse_second(subject: Agent | Organization, level: int) -> None:
    """Conflict ``sanction_in_force``: the same step twice, or a lesser one beside a graver one, would say nothing."""
    mine = {"agent": subject} if isinstance(subject, Agent) else {"agent": None, "organization": subject}
    standing = Sanction.objects.is_open().filter(**mine)
    if standing.filter(level=level).exists() or standing.in_force().filter(level__gt=level).exists():
        raise Conflict("sanction_in_force", "A measure of this level or a graver one stands or is proposed already.")


def _refuse_second_emergency(subject: Agent | Organization, operator: User, *, at: datetime) -> None:
    """Conflict ``emergency_unconfirmed``. Stops one operator from suspending for as long as she likes by herself, one
    emergency after another that nobody confirms, or by turns against an agent and its organization."""
    if isinstance(subject, Agent):
        same = Q(agent=subject)
        if subject.organization_id is not None:
            same |= Q(agent=None, organization_id=subject.organization_id)
    else:
        same = Q(organization=subject)
    alone = Sanction.objects.filter(
        same, is_emergency=True, confirm_by__isnull=False, ended_at__gt=at - ALONE_AGAIN_AFTER
    )
    if alone.filter(signatures__operator=operator).exists():
        raise Conflict(
            "emergency_unconfirmed",
            "You suspended it alone a short while ago and nobody confirmed it. Propose the measure, so that a second "
            "operator signs before it is in force.",
        )


def _end_words(reason: str) -> str:
    words = reason.strip()
    if not 0 < len(words) <= END_REASON_LENGTH_MAX:
        raise InvalidInput("reason_required", f"Say why in 1 to {END_REASON_LENGTH_MAX} characters.", field="reason")
    return words


def _ended() -> Conflict:
    return Conflict("sanction_ended", "This measure is over.")


def _invalid(detail: str, field: str) -> InvalidInput:
    return InvalidInput("sanction_invalid", detail, field=field)
