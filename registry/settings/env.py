"""Reading the environment: one place, loud about malformed values, ``<NAME>_FILE`` for every secret."""

from __future__ import annotations

import os
from pathlib import Path

import environ

env = environ.Env()
# What tests run on, and commands that need no secret. Public, hence refused wherever it would matter.
INSECURE_SECRET_KEY = "insecure-for-tests-only"  # noqa: S105 - public on purpose
INSECURE_MASTER_KEY = "aW5zZWN1cmUtZm9yLXRlc3RzLW9ubHktMzItYnl0ZXM="


def secret(name: str, default: str | None = None) -> str:
    """The secret ``name`` from the environment or from the file that ``<name>_FILE`` names."""
    file = os.environ.get(f"{name}_FILE")
    if file:
        return Path(file).read_text(encoding="utf-8").strip()
    value = os.environ.get(name, default)
    if value is None:
        raise environ.ImproperlyConfigured(f"Set {name} or {name}_FILE")
    return value
