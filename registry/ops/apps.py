"""The Django app of this folder."""

from __future__ import annotations

from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "registry.ops"
    label = "ops"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from registry.ops.checks import register_checks

        register_checks()
