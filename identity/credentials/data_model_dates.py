"""From when until when a credential counts (VCDM 2.0 section 4.9; 1.1 sections 4.5 and 4.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from identity.primitives.errors import InvalidInput

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True, slots=True)
class Validity:
    """None is open on that side."""

    valid_from: datetime | None
    valid_until: datetime | None


def read_validity(document: dict[str, Any], *, is_version_2: bool) -> Validity:
    """The dates of a credential. InvalidInput ``malformed_date``, ``dates_reversed``; in 1.1, where the beginning is
    required, ``date_missing``. The context of 1.1 knows the names of 2.0 too; where both stand, the narrower counts."""
    starts, ends = ["validFrom"], ["validUntil"]
    if not is_version_2:
        starts, ends = ["issuanceDate", *starts], ["expirationDate", *ends]
        if starts[0] not in document:
            sentence = f"A credential of the data model 1.1 has an {starts[0]}."
            raise InvalidInput("date_missing", sentence, field=starts[0])
    found = [_date(document, name) for name in starts if name in document]
    limits = [_date(document, name) for name in ends if name in document]
    validity = Validity(max(found, default=None), min(limits, default=None))
    if validity.valid_from and validity.valid_until and validity.valid_from > validity.valid_until:
        raise InvalidInput("dates_reversed", f"{starts[0]} is later than {ends[0]}.", field=ends[0])
    return validity


def read_date_time(text: Any, *, needs_offset: bool = True) -> datetime | None:
    """An XML Schema dateTimeStamp, such as ``2026-11-21T08:00:00Z``; None when ``text`` is none.

    Without ``needs_offset`` a time without one is read as UTC, as Data Integrity 1.0 section 2.1 lets a reader do.
    """
    match = _DATE_TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None or (needs_offset and match[2] is None):
        return None
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):  # a 30th of February; year 1 with an offset that leads before it
        return None


def _date(document: dict[str, Any], name: str) -> datetime:
    instant = read_date_time(document[name])
    if instant is None:
        sentence = f"{name} is a date and time with its offset, such as 2026-11-21T08:00:00Z."
        raise InvalidInput("malformed_date", sentence, field=name)
    return instant
