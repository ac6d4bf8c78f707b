"""The registry's own settings and middleware, with one more view."""

from __future__ import annotations

from registry.settings import *  # noqa: F403

ROOT_URLCONF = "bench.baseline.urls"
