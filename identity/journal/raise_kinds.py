"""Events of limits that a principal widens; the rules of ``kinds`` hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from identity.journal.kinds import Payload


@dataclass(frozen=True, slots=True)
class RaiseAsked(Payload):
    """Wider limits were consented to and begin at ``ripe_at`` (RFC 3339); ``draft`` is the delegation to come."""

    kind: ClassVar[str] = "delegation.raise_asked"
    draft: str
    ripe_at: str
    consent: str


@dataclass(frozen=True, slots=True)
class RaiseCancelled(Payload):
    kind: ClassVar[str] = "delegation.raise_cancelled"
    draft: str


@dataclass(frozen=True, slots=True)
class RaiseFailed(Payload):
    """They could not begin any more; ``reason`` is the code of what stood in the way."""

    kind: ClassVar[str] = "delegation.raise_failed"
    draft: str
    reason: str
