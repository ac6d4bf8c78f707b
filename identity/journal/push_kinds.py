"""Events of subscriptions to status events; the rules of ``kinds`` hold: ids and facts, never a name or an address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from identity.journal.kinds import Payload


@dataclass(frozen=True, slots=True)
class SubscriptionCreated(Payload):
    kind: ClassVar[str] = "subscription.created"
    delivery: str


@dataclass(frozen=True, slots=True)
class SubscriptionChanged(Payload):
    kind: ClassVar[str] = "subscription.changed"
    fields: list[str]


@dataclass(frozen=True, slots=True)
class SubscriptionPaused(Payload):
    """``reason`` is by_organization, or gone or unreachable when the registry gave up on the endpoint."""

    kind: ClassVar[str] = "subscription.paused"
    reason: str


@dataclass(frozen=True, slots=True)
class SubscriptionResumed(Payload):
    kind: ClassVar[str] = "subscription.resumed"


@dataclass(frozen=True, slots=True)
class SubscriptionDeleted(Payload):
    kind: ClassVar[str] = "subscription.deleted"


@dataclass(frozen=True, slots=True)
class SubscriptionSecretRotated(Payload):
    kind: ClassVar[str] = "subscription.secret_rotated"
    overlap_seconds: int


@dataclass(frozen=True, slots=True)
class SubscriptionFailing(Payload):
    """The alarm: the endpoint failed ``failures`` times in a row."""

    kind: ClassVar[str] = "subscription.failing"
    failures: int


@dataclass(frozen=True, slots=True)
class SubscriptionRecovered(Payload):
    kind: ClassVar[str] = "subscription.recovered"
    failures: int


@dataclass(frozen=True, slots=True)
class StatusEventsGivenUp(Payload):
    """Dead letters: they stay to be read, or sent again."""

    kind: ClassVar[str] = "subscription.events_given_up"
    count: int


@dataclass(frozen=True, slots=True)
class StatusEventsReplayed(Payload):
    kind: ClassVar[str] = "subscription.events_replayed"
    count: int
