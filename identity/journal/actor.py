"""Who did it. Every use case that changes something takes an ``Actor`` and every event keeps one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    USER = "user"
    SERVICE_KEY = "service_key"
    AGENT = "agent"
    OPERATOR = "operator"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """The party behind a change. ``id`` is a typed id, or a task's name for the system itself."""

    kind: ActorKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Actor:
        """The actor that ``str`` wrote."""
        kind, _, name = text.partition(":")
        return cls(ActorKind(kind), name)


def system(task: str) -> Actor:
    """The registry itself, acting through a named task or command."""
    return Actor(ActorKind.SYSTEM, task)
