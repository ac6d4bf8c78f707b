"""The Django app of this folder."""

from __future__ import annotations

from django.apps import AppConfig


class SpendingConfig(AppConfig):
    name = "identity.spending"
    label = "spending"
    default_auto_field = "django.db.models.BigAutoField"
