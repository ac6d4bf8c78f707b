"""The Django app of this folder."""

from __future__ import annotations

from django.apps import AppConfig


class ScoringConfig(AppConfig):
    name = "reputation.scoring"
    label = "scoring"
    default_auto_field = "django.db.models.BigAutoField"
