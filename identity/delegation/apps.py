"""The Django app of this folder."""

from __future__ import annotations

from django.apps import AppConfig


class DelegationConfig(AppConfig):
    name = "identity.delegation"
    label = "delegation"
    default_auto_field = "django.db.models.BigAutoField"
