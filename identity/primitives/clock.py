"""The time, in one place. Rules take ``at``; only front doors, tasks and commands call ``now()``."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The current instant, UTC, aware."""
    return datetime.now(UTC)


def rfc3339(instant: datetime) -> str:
    """RFC 3339 in UTC with whole seconds and ``Z``: the form every signed document uses."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
