"""The Django app of this folder."""

from __future__ import annotations

from django.apps import AppConfig


class ResolutionConfig(AppConfig):
    name = "registry.resolution"
    label = "resolution"
    default_auto_field = "django.db.models.BigAutoField"
