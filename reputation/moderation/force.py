"""A sanction comes into force, is confirmed, ends: the row, everything that follows from it, and who is told.

Called by the use cases with the gates of the subject closed and the row locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from identity.journal.actor import Actor
from identity.journal.moderation_kinds import SanctionConfirmed, SanctionEnded, SanctionImposed
from identity.journal.record import record
from identity.primitives.clock import rfc3339
from reputation.moderation.associated import list_associated
from reputation.moderation.confirm import is_fully_signed
from reputation.moderation.deplatform import begin_deplatforming, end_deplatforming
from reputation.moderation.effects import apply_sanctions, void_open_holds
from reputation.moderation.ladder import READMISSION_AFTER, Level, length_of
from reputation.moderation.models import Sanction, SanctionState
from reputation.moderation.notices import queue_ended, queue_imposed
from reputation.moderation.reach import subject_of
from reputation.moderation.statement import statement_of


def put_in_force(sanction: Sanction, *, actor: Actor, at: datetime) -> None:
    """From this transaction on the measure counts. The statement of reasons is queued in it: nobody is hit before
    being told why."""
    length = length_of(sanction.level, sanction.days)
    sanction.state, sanction.starts_at = SanctionState.EFFECTIVE, at
    sanction.ends_at = at + length if length else None
    if is_fully_signed(sanction):
        sanction.confirm_by = None
    if sanction.level == Level.DEPLATFORMED:
        sanction.agents_from = at + timedelta(days=sanction.wind_down_days)
        sanction.readmission_from = at + READMISSION_AFTER
    sanction.statement = statement_of(sanction)
    sanction.save(
        update_fields=[
            *("state", "starts_at", "ends_at", "confirm_by", "agents_from", "readmission_from", "statement"),
        ]
    )
    event = SanctionImposed(
        about=sanction.about_id,
        level=sanction.level,
        case=sanction.case_id,
        reason=sanction.reason,
        is_emergency=sanction.is_emergency,
        confirm_by=rfc3339(sanction.confirm_by) if sanction.confirm_by else "",
        ends_at=rfc3339(sanction.ends_at) if sanction.ends_at else "",
    )
    record(event, subject=sanction.pk, actor=actor, at=at, organization=sanction.organization_id)
    queue_imposed(sanction, at=at)  # before the effect: afterwards the same queries would find less
    if sanction.level == Level.DEPLATFORMED:
        begin_deplatforming(sanction, actor=actor, at=at)
    if sanction.level >= Level.SUSPENDED:
        list_associated(sanction, actor=actor, at=at)
        if sanction.agents_from is None or sanction.agents_from <= at:
            void_open_holds(sanction, actor=actor, at=at)
    apply_sanctions(subject_of(sanction), actor=actor, at=at)


def confirm(sanction: Sanction, *, actor: Actor, at: datetime) -> None:
    """A second operator signed an emergency measure: it stands until its end."""
    sanction.confirm_by = None
    sanction.save(update_fields=["confirm_by"])
    event = SanctionConfirmed(about=sanction.about_id, level=sanction.level, case=sanction.case_id)
    record(event, subject=sanction.pk, actor=actor, at=at, organization=sanction.organization_id)


def end(sanction: Sanction, state: SanctionState, *, reason: str, actor: Actor, at: datetime) -> None:
    """End one sanction; its subject stands as the others say, or as before."""
    close_rows([sanction], state, reason=reason, actor=actor, at=at)
    apply_sanctions(subject_of(sanction), actor=actor, at=at)


def close_rows(sanctions: Sequence[Sanction], state: SanctionState, *, reason: str, actor: Actor, at: datetime) -> None:
    """End these open sanctions and tell whoever was told of them; ``apply_sanctions`` is the caller's to do, last."""
    for sanction in sanctions:
        was_in_force = sanction.state == SanctionState.EFFECTIVE
        sanction.state, sanction.ended_at = state, at
        sanction.end_reason, sanction.ended_by = reason, str(actor)
        sanction.save(update_fields=["state", "ended_at", "end_reason", "ended_by"])
        event = SanctionEnded(
            about=sanction.about_id, level=sanction.level, case=sanction.case_id, state=state.value, reason=reason
        )
        organization = sanction.organization_id if was_in_force else None  # a mere proposal is nobody's business
        record(event, subject=sanction.pk, actor=actor, at=at, organization=organization)
        if was_in_force:
            if sanction.level == Level.DEPLATFORMED:
                end_deplatforming(sanction, actor=actor, at=at)
            queue_ended(sanction, at=at)
