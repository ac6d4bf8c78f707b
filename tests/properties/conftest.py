"""Properties are about results; how long one example takes on a busy machine says nothing."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("properties", deadline=None)
settings.load_profile("properties")
