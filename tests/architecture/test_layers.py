"""The order of the apps holds for foreign keys too, which may name a model by a string that no import shows."""

from __future__ import annotations

from django.apps import apps
from django.db.models import ForeignObject

from tests.architecture.sources import PACKAGES

ORDER = [
    "identity.primitives",
    "identity.journal",
    "identity.accounts",
    "identity.agents",
    "identity.credentials",
    "identity.delegation",
    "identity.spending",
    "reputation.scoring",
    "reputation.moderation",
    "registry.directory",
    "registry.transparency",
    "registry.resolution",
    "registry.push",
    "registry.notices",
    "registry.sandbox",
    "registry.api",
    "registry.web",
    "registry.ops",
]


def test_it_points_every_foreign_key_downwards() -> None:
    ours = {config.label: config.name for config in apps.get_app_configs() if config.name.split(".")[0] in PACKAGES}
    upwards = []
    for label, name in ours.items():
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            for field in model._meta.get_fields():
                if not isinstance(field, ForeignObject) or field.related_model is None:
                    continue
                target = ours.get(field.related_model._meta.app_label)
                if target is not None and ORDER.index(target) > ORDER.index(name):
                    upwards.append(f"{model._meta.label}.{field.name} -> {target}")
    assert upwards == []


def test_it_knows_the_place_of_every_app() -> None:
    ours = {config.name for config in apps.get_app_configs() if config.name.split(".")[0] in PACKAGES}
    assert ours <= set(ORDER)
