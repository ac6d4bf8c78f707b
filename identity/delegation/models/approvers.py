"""Who answers agents' questions for an organization: groups of people, and who stands in for whoever is away."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from identity.accounts.models import Membership, Organization
from identity.delegation.limits import GROUP_NAME_LENGTH_MAX, GROUP_PEOPLE_MAX
from identity.primitives.clock import now
from identity.primitives.ids import ID_LENGTH_MAX, new_absence_id, new_approver_group_id


class ApproverGroup(models.Model):
    """A delegation may name it in place of everybody who answers: ``needed`` of its people then have to say yes."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_approver_group_id, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="approver_groups")
    name = models.CharField(max_length=GROUP_NAME_LENGTH_MAX)
    needed = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("organization", Lower("name"), name="approver_group_name_once"),
            models.CheckConstraint(
                condition=Q(needed__gte=1, needed__lte=GROUP_PEOPLE_MAX), name="approver_group_needs_some"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GroupSeat(models.Model):
    """A member's place in a group; it goes with the membership."""

    group = models.ForeignKey(ApproverGroup, on_delete=models.CASCADE, related_name="seats")
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="seats")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "membership"], name="group_seat_once")]

    def __str__(self) -> str:
        return f"{self.membership_id} in {self.group_id}"


class Absence(models.Model):
    """``stand_in`` answers in place of ``membership`` from ``begins_at`` until ``ends_at``, or until it was ended
    before. It does not pass on: an absence of the stand-in's own leads nowhere further."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_absence_id, editable=False)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="absences")
    stand_in = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="stands_in")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="absence_in_order"),
            models.CheckConstraint(condition=~Q(stand_in=F("membership")), name="absence_stand_in_is_another"),
        ]
        indexes = [models.Index(fields=["stand_in", "ends_at"], name="absence_by_stand_in")]

    def __str__(self) -> str:
        return self.id

    def is_over(self, at: datetime) -> bool:
        return self.ended_at is not None or self.ends_at <= at

    def is_now(self, at: datetime) -> bool:
        return self.begins_at <= at and not self.is_over(at)
