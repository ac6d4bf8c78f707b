"""The Django app of this folder."""

from __future__ import annotations

from django.apps import AppConfig


class JournalConfig(AppConfig):
    name = "identity.journal"
    label = "journal"
    default_auto_field = "django.db.models.BigAutoField"
