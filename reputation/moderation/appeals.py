"""Appeals: opened by whom a measure hits, decided by an operator who had no part in it, effective at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from identity.accounts.models import Organization, User
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.journal.moderation_kinds import (
    AppealAssigned,
    AppealDecided,
    AppealOpened,
    AppealWithdrawn,
    CaseReportLeftOut,
    SanctionRenewed,
)
from identity.journal.record import record
from identity.primitives.clock import rfc3339
from identity.primitives.errors import Conflict, InvalidInput, NotFound, NotPermitted
from reputation.moderation.confirm import deciding_operator, signers_of
from reputation.moderation.effects import apply_sanctions
from reputation.moderation.force import close_rows, put_in_force
from reputation.moderation.involvement import deciders_of
from reputation.moderation.limits import APPEAL_WORDS_LENGTH_MAX, APPEALS_OPEN_PER_ORGANIZATION_MAX
from reputation.moderation.models import (
    Appeal,
    AppealOutcome,
    AppealState,
    AppellantKind,
    NoticeKind,
    Sanction,
    SanctionState,
    Signature,
)
from reputation.moderation.notices import queue_appeal
from reputation.moderation.reach import agents_of, principals_of, subject_of
from reputation.moderation.sanctions import Proposal, check_proposal, lock_sanction
from reputation.moderation.statement import appeal_deadline, target_working_days
from reputation.scoring.evidence import withdraw_case_evidence

_OVERTURNED = "overturned on appeal"
_CHANGED = "changed on appeal"
_SATURDAY = 5


def open_appeal(*, sanction: Sanction, appellant: Organization, words: str, actor: Actor, at: datetime) -> Appeal:
    """Ask somebody else to look at a measure again: by the organization it hits, or a principal of its agents.

    Each party has one appeal, within six months, and none against what an appeal decided: the organization's right is
    its own, whatever principals do with theirs, and stops a colluding one from using it up. Raises NotFound
    ``not_found`` (also for a stranger to the matter), InvalidInput ``appeal_words_invalid``, Conflict
    ``appeal_exists``, ``appeal_too_late``, ``appeal_of_appeal``, ``sanction_ended``, ``too_many_appeals``.
    """
    said = _words(words)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=appellant.pk)
        kind = appellant_kind(sanction, appellant)
        if kind is None or not Sanction.objects.published().filter(pk=sanction.pk).exists():
            raise NotFound("not_found", "There is no such sanction that you could appeal against.")
        _refuse_unappealable(sanction, appellant, at=at)
        if Appeal.objects.open().filter(appellant=appellant).count() >= APPEALS_OPEN_PER_ORGANIZATION_MAX:
            raise Conflict("too_many_appeals", f"At most {APPEALS_OPEN_PER_ORGANIZATION_MAX} appeals are open at once.")
        appeal = _insert(
            Appeal(
                sanction=sanction,
                appellant=appellant,
                appellant_kind=kind,
                words=said,
                opened_by=str(actor),
                opened_at=at,
                acknowledged_at=at,
                due_at=after_working_days(at, target_working_days(sanction.level)),
            )
        )
        queue_appeal(appeal, NoticeKind.APPEAL_RECEIVED, at=at)
        event = AppealOpened(sanction=sanction.pk, appellant=kind.value, due_at=rfc3339(appeal.due_at))
        record(event, subject=appeal.pk, actor=actor, at=at, organization=appellant.pk)
    return appeal


def appellant_kind(sanction: Sanction, organization: Organization) -> AppellantKind | None:
    """As what this organization may appeal; None for a stranger to the matter. Who claims an agent that was labeled
    while nobody answered for it answers for it now."""
    claimed_by = sanction.agent.organization_id if sanction.agent is not None else None
    if organization.pk == (sanction.organization_id or claimed_by):
        return AppellantKind.SUBJECT
    told = sanction.notices.filter(kind=NoticeKind.CONCERNED_PRINCIPAL, recipient=organization)
    is_principal = principals_of(agents_of(subject_of(sanction))).filter(pk=organization.pk)
    return AppellantKind.PRINCIPAL if told.exists() or is_principal.exists() else None


def assign_appeal(*, appeal: Appeal, to: User, actor: Actor, at: datetime) -> Appeal:
    """Give an appeal to an operator who may decide it. Raises as ``decide_appeal``."""
    with transaction.atomic():
        locked = _lock_open(appeal)
        deciding_operator(actor, case=None, organization_id=None)
        require_impartial(to, locked)
        locked.assigned_to = to
        locked.save(update_fields=["assigned_to"])
        event = AppealAssigned(sanction=locked.sanction_id, operator=to.pk)
        record(event, subject=locked.pk, actor=actor, at=at)
    return locked


def decide_appeal(
    *,
    appeal: Appeal,
    outcome: AppealOutcome,
    words: str,
    lesser: Proposal | None = None,
    actor: Actor,
    at: datetime,
) -> Appeal:
    """Decide, as an operator who neither proposed, signed, ended nor decided anything in the case.

    *Overturned* ends every measure of the case at once and takes back what the case had brought into scores, so that
    standing and score are exactly what they would be without it. *Changed* puts the ``lesser`` measure in the place
    of this one. Raises Conflict ``appeal_ended``, ``sanction_ended`` (nothing left to change), InvalidInput
    ``appeal_words_invalid``, ``sanction_invalid``; NotPermitted ``operators_only``, ``conflict_of_interest``,
    ``appeal_not_yours``.
    """
    said = _words(words)
    if (outcome is AppealOutcome.CHANGED) != (lesser is not None):
        raise InvalidInput("sanction_invalid", "A lesser measure belongs to the outcome changed, and only to it.")
    with transaction.atomic():
        sanction = lock_sanction(appeal.sanction)
        locked = _lock_open(appeal)
        operator = deciding_operator(actor, case=sanction.case, organization_id=sanction.organization_id)
        require_impartial(operator, locked)
        locked.state, locked.outcome, locked.decision_words = AppealState.DECIDED, outcome, said
        locked.decided_by, locked.decided_at = operator, at
        if outcome is AppealOutcome.OVERTURNED:
            _overturn(sanction, actor=actor, at=at)
        elif lesser is not None:
            locked.replacement = _replace(sanction, lesser, operator, actor=actor, at=at)
        _write_decision(locked, actor=actor, at=at)
        if outcome is AppealOutcome.OVERTURNED:
            _settle_others(locked, actor=actor, at=at)
    return locked


def withdraw_appeal(*, appeal: Appeal, actor: Actor, at: datetime) -> Appeal:
    """The appellant takes it back; the measure stands, and it has no second appeal. Conflict ``appeal_ended``."""
    with transaction.atomic():
        locked = _lock_open(appeal)
        locked.state = AppealState.WITHDRAWN
        locked.save(update_fields=["state"])
        event = AppealWithdrawn(sanction=locked.sanction_id)
        record(event, subject=locked.pk, actor=actor, at=at, organization=locked.appellant_id)
    return locked


def require_impartial(operator: User, appeal: Appeal) -> None:
    """NotPermitted ``appeal_not_yours``. Stops whoever had a hand in a measure from judging her own work."""
    if operator.pk in involved_operators(appeal.sanction):
        raise NotPermitted("appeal_not_yours", "You had a part in this case; somebody else decides the appeal.")


def involved_operators(sanction: Sanction) -> set[str]:
    """The ids of all operators who proposed, signed, ended or decided anything in the case of this sanction."""
    case = sanction.case
    around = list(case.sanctions.all()) if case is not None else [sanction]
    found = {operator for one in around for operator in signers_of(one)}
    acts = [Actor.parse(text) for one in around for text in (one.proposed_by, one.ended_by) if text]
    found |= {actor.id for actor in acts if actor.kind is ActorKind.OPERATOR}
    return found | _by_journal(sanction, around) | (deciders_of(case) if case is not None else set())


def _by_journal(sanction: Sanction, around: list[Sanction]) -> set[str]:
    """Who let a measure go on, or left a report out of the case: acts that stand in the journal alone."""
    subjects = [one.pk for one in around] + [case for case in (sanction.case_id,) if case]
    acts = Event.objects.filter(subject__in=subjects, kind__in=[SanctionRenewed.kind, CaseReportLeftOut.kind])
    actors = map(Actor.parse, acts.values_list("actor", flat=True).distinct())
    return {actor.id for actor in actors if actor.kind is ActorKind.OPERATOR}


def after_working_days(instant: datetime, days: int) -> datetime:
    """The same time of day so many working days later; Saturdays and Sundays do not count."""
    while days:
        instant += timedelta(days=1)
        days -= instant.weekday() < _SATURDAY
    return instant


def _overturn(sanction: Sanction, *, actor: Actor, at: datetime) -> None:
    """Take back the evidence, then end what stands on the case, then let standings and throttles follow: the order of
    locks. Scores come before anything that drops signed answers, as in every night's computation."""
    standing = list(_open_of_case(sanction))
    if sanction.case_id is not None:
        withdraw_case_evidence(case=sanction.case_id, actor=actor, at=at)
    close_rows(standing, SanctionState.OVERTURNED, reason=_OVERTURNED, actor=actor, at=at)
    apply_sanctions(subject_of(sanction), actor=actor, at=at)


def _write_decision(appeal: Appeal, *, actor: Actor, at: datetime) -> None:
    appeal.save(update_fields=["state", "outcome", "decision_words", "decided_by", "decided_at", "replacement"])
    queue_appeal(appeal, NoticeKind.APPEAL_DECIDED, at=at)
    sanction = appeal.sanction
    event = AppealDecided(sanction=sanction.pk, outcome=appeal.outcome, level=sanction.level)
    record(event, subject=appeal.pk, actor=actor, at=at, organization=sanction.organization_id)


def _settle_others(granted: Appeal, *, actor: Actor, at: datetime) -> None:
    """Whoever else had appealed against what was overturned now has what she asked for, for the same reasons."""
    rows = Appeal.objects.open().select_for_update(of=("self",)).select_related("sanction__case", "appellant")
    case, same = granted.sanction.case_id, Q(sanction=granted.sanction_id)
    if case is not None:
        same |= Q(sanction__case=case, sanction__state=SanctionState.OVERTURNED)
    for appeal in rows.filter(same).order_by("pk"):
        appeal.state, appeal.outcome = AppealState.DECIDED, AppealOutcome.OVERTURNED
        appeal.decision_words = granted.decision_words
        appeal.decided_by, appeal.decided_at = granted.decided_by, at
        _write_decision(appeal, actor=actor, at=at)


def _open_of_case(sanction: Sanction) -> list[Sanction]:
    """The open measures against the same subject that stand on the same case, this one among them, locked."""
    rows = Sanction.objects.is_open().select_for_update(no_key=True, of=("self",))
    rows = rows.select_related("agent", "organization", "case")
    if sanction.case_id is None:
        return list(rows.filter(Q(pk=sanction.pk) | Q(replaces=sanction)).order_by("pk"))
    same = rows.filter(case=sanction.case, agent=sanction.agent, organization_id=sanction.organization_id)
    return list(same.order_by("pk"))


def _replace(sanction: Sanction, lesser: Proposal, operator: User, *, actor: Actor, at: datetime) -> Sanction:
    """Put the lesser measure in the place of this one.

    It stands on the signatures of the graver one, which contained it, and on that of whoever decided the appeal: it
    would be odd if lowering a measure took more people than the appeal has.
    """
    if sanction.state != SanctionState.EFFECTIVE:
        raise Conflict("sanction_ended", "This measure is over; uphold or overturn it.")
    lesser = replace(lesser, evidence=lesser.evidence or tuple(sanction.evidence))
    reason = check_proposal(lesser)
    if lesser.level >= sanction.level:
        raise InvalidInput("sanction_invalid", "An appeal never leads to a graver measure.", field="level")
    close_rows([sanction], SanctionState.REPLACED, reason=_CHANGED, actor=actor, at=at)
    _refuse_beside(sanction, lesser.level)
    replacement = Sanction.objects.create(
        case=sanction.case,
        agent=sanction.agent,
        organization_id=sanction.organization_id,
        level=lesser.level,
        reason=reason.value,
        facts=lesser.facts.strip(),
        evidence=list(lesser.evidence),
        detection=sanction.detection,
        days=lesser.days,
        proposed_by=str(actor),
        proposed_at=at,
        replaces=sanction,
    )
    signed = [*sanction.signatures.values_list("operator_id", "role", "at")]
    rows = [Signature(sanction=replacement, operator_id=by, role=role, at=when) for by, role, when in signed]
    rows.append(Signature(sanction=replacement, operator=operator, role=operator.desk_duty or "analyst", at=at))
    Signature.objects.bulk_create(rows)
    put_in_force(replacement, actor=actor, at=at)
    return replacement


def _refuse_beside(sanction: Sanction, level: int) -> None:
    """Conflict ``sanction_in_force``: that lesser measure stands already, so this one can simply be overturned."""
    same = Sanction.objects.is_open().filter(agent=sanction.agent, organization_id=sanction.organization_id)
    if same.filter(level=level).exists():
        raise Conflict("sanction_in_force", "A measure of this level stands or is proposed already.")


def _refuse_unappealable(sanction: Sanction, appellant: Organization, *, at: datetime) -> None:
    if sanction.replaces_id is not None:
        raise Conflict("appeal_of_appeal", "This measure was decided on appeal; there is no appeal against that.")
    deadline = appeal_deadline(sanction)
    if deadline is not None and deadline <= at:
        raise Conflict("appeal_too_late", f"An appeal was possible until {rfc3339(deadline)}.")
    if Appeal.objects.filter(sanction=sanction, appellant=appellant).exists():
        raise _exists()
    if sanction.state == SanctionState.OVERTURNED:
        raise Conflict("sanction_ended", "This measure was overturned already.")


def _insert(appeal: Appeal) -> Appeal:
    try:
        with transaction.atomic():
            appeal.save(force_insert=True)
    except IntegrityError as error:  # its other appeal came in a moment ago
        raise _exists() from error
    return appeal


def _exists() -> Conflict:
    return Conflict("appeal_exists", "You have appealed against this measure; each party can once.")


def _lock_open(appeal: Appeal) -> Appeal:
    rows = Appeal.objects.select_for_update(of=("self",)).select_related("sanction__case", "appellant")
    locked = rows.get(pk=appeal.pk)
    if locked.state != AppealState.OPEN:
        raise Conflict("appeal_ended", "This appeal is over.")
    return locked


def _words(text: str) -> str:
    words = text.strip()
    if not 0 < len(words) <= APPEAL_WORDS_LENGTH_MAX:
        raise InvalidInput(
            "appeal_words_invalid", f"Say why in 1 to {APPEAL_WORDS_LENGTH_MAX} characters.", field="words"
        )
    return words
