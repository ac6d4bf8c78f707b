"""Who is away, and who stands in: from then to then, one person for another, and no further.

A stand-in answers where the absent person has a seat in a group of approvers. Only somebody whose role answers anyway
stands in, so an absence gives nobody more than the role does; and it ends by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from identity.accounts.models import Membership, Organization
from identity.delegation.approver_groups import ANSWERING_ROLES
from identity.delegation.limits import ABSENCE_DAYS_MAX, ABSENCES_PLANNED_MAX
from identity.delegation.models import Absence
from identity.journal.actor import Actor
from identity.journal.record import record
from identity.journal.team_kinds import AbsenceEnded, AbsenceSet
from identity.primitives.clock import rfc3339
from identity.primitives.errors import Conflict, InvalidInput


def set_absence(
    *,
    membership: Membership,
    stand_in: Membership,
    begins_at: datetime,
    ends_at: datetime,
    actor: Actor,
    at: datetime,
) -> Absence:
    """Let ``stand_in`` answer for ``membership`` in that time. InvalidInput ``absence_invalid``, Conflict
    ``absence_overlaps``: two stand-ins at one time would be two answers of one person."""
    _check(membership, stand_in, begins_at, ends_at, at)
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=membership.organization_id)
        planned = not_over(membership.organization, at).filter(membership=membership)
        if planned.filter(begins_at__lt=ends_at, ends_at__gt=begins_at).exists():
            raise Conflict("absence_overlaps", "Another absence is set for that time; end that one first.")
        if planned.count() >= ABSENCES_PLANNED_MAX:
            raise Conflict("absence_overlaps", f"At most {ABSENCES_PLANNED_MAX} absences of one person are planned.")
        absence = Absence.objects.create(
            membership=membership, stand_in=stand_in, begins_at=begins_at, ends_at=ends_at, created_at=at
        )
        event = AbsenceSet(membership.pk, stand_in.pk, rfc3339(begins_at), rfc3339(ends_at))
        record(event, subject=absence.pk, actor=actor, at=at, organization=membership.organization_id)
    return absence


def end_absence(*, absence: Absence, actor: Actor, at: datetime) -> Absence:
    """She is back before the time, or stays after all. Ending it again changes nothing."""
    with transaction.atomic():
        locked = Absence.objects.select_for_update(of=["self"]).select_related("membership").get(pk=absence.pk)
        if locked.is_over(at):
            return locked
        locked.ended_at = at
        locked.save(update_fields=["ended_at"])
        event = AbsenceEnded(membership=locked.membership_id)
        record(event, subject=locked.pk, actor=actor, at=at, organization=locked.membership.organization_id)
    return locked


def not_over(organization: Organization, at: datetime) -> QuerySet[Absence]:
    """The absences of an organization that have begun or are planned, the next first."""
    found = Absence.objects.filter(membership__organization=organization, ended_at=None, ends_at__gt=at)
    return found.order_by("begins_at", "pk")


def away_now(organization_id: str, at: datetime) -> QuerySet[Absence]:
    """Who is away at ``at``, each with a stand-in whose role still answers."""
    found = Absence.objects.filter(membership__organization_id=organization_id, ended_at=None, begins_at__lte=at)
    found = found.filter(ends_at__gt=at, stand_in__role__in=ANSWERING_ROLES, stand_in__user__is_active=True)
    return found.select_related("membership__user", "stand_in__user").order_by("pk")


def _check(membership: Membership, stand_in: Membership, begins_at: datetime, ends_at: datetime, at: datetime) -> None:
    if stand_in.organization_id != membership.organization_id or stand_in.role not in ANSWERING_ROLES:
        raise _invalid("Somebody stands in whose role here answers questions.", "stand_in")
    if stand_in.pk == membership.pk:
        raise _invalid("Nobody stands in for herself.", "stand_in")
    if ends_at <= max(begins_at, at):
        raise _invalid("An absence ends in the future, after it began.", "ends_at")
    if ends_at - begins_at > timedelta(days=ABSENCE_DAYS_MAX) or begins_at - at > timedelta(days=ABSENCE_DAYS_MAX):
        raise _invalid(f"An absence begins within {ABSENCE_DAYS_MAX} days and lasts no longer than that.", "ends_at")


def _invalid(sentence: str, field: str) -> InvalidInput:
    return InvalidInput("absence_invalid", sentence, field=field)
