"""The Django app of this folder."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "identity.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
