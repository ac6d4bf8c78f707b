"""Events of who may lend how much in an organization, and of the limits it offers; the rules of ``kinds`` hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from identity.journal.kinds import Payload


@dataclass(frozen=True, slots=True)
class LendingRuleChanged(Payload):
    """``ceilings`` are objects of ``currency``, ``per_purchase``, ``per_window``, ``window`` and ``total``."""

    kind: ClassVar[str] = "lending_rule.changed"
    role: str
    may_lend: bool
    days_max: int | None
    open_max: int | None
    ceilings: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class LimitTemplateCreated(Payload):
    kind: ClassVar[str] = "limit_template.created"
    template: str
    roles: list[str]


@dataclass(frozen=True, slots=True)
class LimitTemplateChanged(Payload):
    kind: ClassVar[str] = "limit_template.changed"
    template: str
    version: int


@dataclass(frozen=True, slots=True)
class LimitTemplateRemoved(Payload):
    kind: ClassVar[str] = "limit_template.removed"
    template: str
