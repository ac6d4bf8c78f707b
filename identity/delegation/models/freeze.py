"""Principals who pressed "pause everything"."""

from __future__ import annotations

from django.db import models

from identity.accounts.models import Organization


class PrincipalFreeze(models.Model):
    """While the row stands, no link of any of the principal's chains is good. The journal keeps who and when."""

    principal = models.OneToOneField(
        Organization, primary_key=True, on_delete=models.PROTECT, related_name="delegation_freeze"
    )
    frozen_at = models.DateTimeField()
    frozen_by = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.principal_id} frozen"
