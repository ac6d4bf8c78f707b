"""The Django app of this folder."""

from __future__ import annotations

from django.apps import AppConfig


class CredentialsConfig(AppConfig):
    name = "identity.credentials"
    label = "credentials"
    default_auto_field = "django.db.models.BigAutoField"
