"""Events of the devices that people are told on; the rules of ``kinds`` hold: no label, no address, no name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from identity.journal.kinds import Payload


@dataclass(frozen=True, slots=True)
class DeviceAdded(Payload):
    kind: ClassVar[str] = "device.added"


@dataclass(frozen=True, slots=True)
class DeviceRemoved(Payload):
    """``reason`` is by_person, taken_over (somebody else signed in there), gone or unreachable."""

    kind: ClassVar[str] = "device.removed"
    reason: str
