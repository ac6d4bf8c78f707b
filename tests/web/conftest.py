"""Fixtures of the page tests."""

from __future__ import annotations

from tests.page_fixtures import concierge, concierge_name, signed_in, suspend_concierge, unclaimed

__all__ = ["concierge", "concierge_name", "signed_in", "suspend_concierge", "unclaimed"]
