"""Limits of moderation. Each has its reason beside it; a test says that each holds."""

from __future__ import annotations
