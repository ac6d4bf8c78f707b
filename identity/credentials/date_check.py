"""Do a credential's dates cover the instant? VCDM 2.0 section 4.9, VCDM 1.1 sections 4.6 and 4.7."""

from __future__ import annotations

from datetime import datetime

from identity.credentials.checks import Check, CheckName, failed, not_applicable, passed
from identity.credentials.limits import CLOCK_SKEW
from identity.primitives.clock import rfc3339


def check_dates(valid_from: datetime | None, valid_until: datetime | None, *, at: datetime) -> Check:
    """Whether ``at`` lies in the credential's window; its beginning may be off by the skew of two clocks."""
    if valid_from is None and valid_until is None:
        return not_applicable(CheckName.DATES, "The credential has no dates.")
    if valid_from is not None and at + CLOCK_SKEW < valid_from:
        return failed(CheckName.DATES, "not_yet_valid", f"It counts only from {rfc3339(valid_from)}.")
    if valid_until is not None and valid_until <= at:
        return failed(CheckName.DATES, "expired", f"It expired on {rfc3339(valid_until)}.")
    until = f"It counts until {rfc3339(valid_until)}." if valid_until else "It has begun and has no end."
    return passed(CheckName.DATES, until)
