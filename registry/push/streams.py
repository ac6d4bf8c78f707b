"""Reading a stream: page by page after a number, whoever missed what."""

from __future__ import annotations

from dataclasses import dataclass

from identity.accounts.models import Organization
from identity.primitives.errors import Gone, InvalidInput, NotFound
from registry.push.limits import PAGE_EVENTS
from registry.push.models import StatusEvent, Subscription


@dataclass(frozen=True, slots=True)
class StreamPage:
    """The events after the number asked for, without a gap. ``last_seq`` is the stream's own end."""

    events: tuple[StatusEvent, ...]
    first_seq: int
    last_seq: int

    @property
    def has_more(self) -> bool:
        return bool(self.events) and self.events[-1].seq < self.last_seq


def stream_of(organization: Organization, subscription_id: str | None) -> Subscription:
    """The stream that is meant: by its id, or the only one there is. NotFound ``not_found`` for another's and for none
    alike, NotFound ``no_subscription``, InvalidInput ``subscription_ambiguous``."""
    streams = organization.subscriptions.order_by("pk")
    if subscription_id:
        found = streams.filter(pk=subscription_id).first()
        if found is None:
            raise NotFound("not_found", "There is no such subscription.")
        return found
    several = list(streams[:2])
    if not several:
        raise NotFound("no_subscription", "Your organization has no subscription yet, so nothing is kept for it.")
    if len(several) > 1:
        sentence = "Your organization has several subscriptions: say which."
        raise InvalidInput("subscription_ambiguous", sentence, field="subscription")
    return several[0]


def read_stream(subscription: Subscription, *, after: int, most: int = PAGE_EVENTS) -> StreamPage:
    """What follows number ``after``. Gone ``status_events_expired`` when some of that is not kept any more: a page
    must never begin with a gap that nobody is told of."""
    subscription.refresh_from_db(fields=["first_seq", "last_seq"])
    if after < subscription.first_seq - 1:
        raise Gone(
            "status_events_expired",
            f"Events are kept for 30 days; the oldest of this stream is {subscription.first_seq}.",
            first_seq=subscription.first_seq,
        )
    rows = subscription.events.filter(seq__gt=after, seq__lte=subscription.last_seq).order_by("seq")[:most]
    return StreamPage(tuple(rows), subscription.first_seq, subscription.last_seq)
