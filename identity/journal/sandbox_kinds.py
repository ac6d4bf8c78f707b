"""What happens in the sandbox besides what the ledger itself writes down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from identity.journal.kinds import Payload


@dataclass(frozen=True, slots=True)
class SandboxStarted(Payload):
    kind: ClassVar[str] = "sandbox.started"


@dataclass(frozen=True, slots=True)
class SandboxSkipped(Payload):
    kind: ClassVar[str] = "sandbox.skipped"


@dataclass(frozen=True, slots=True)
class SandboxRemoved(Payload):
    kind: ClassVar[str] = "sandbox.removed"
