"""The Django app of this folder."""

from __future__ import annotations

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "registry.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"
