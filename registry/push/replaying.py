"""Sending again what was given up, or whatever a receiver asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from identity.journal.actor import Actor
from identity.journal.push_kinds import StatusEventsReplayed
from identity.journal.record import record
from identity.primitives.errors import Conflict
from registry.push.limits import REPLAYED_MAX
from registry.push.models import Delivery, DeliveryState, StatusEvent, Subscription, SubscriptionState
from registry.push.subscriptions import lock_subscription


def dead_letters(*, organization: str | None = None) -> QuerySet[StatusEvent]:
    """What was given up, newest first: of one organization or of all, with its subscription."""
    rows = StatusEvent.objects.filter(state=DeliveryState.DEAD).select_related("subscription__organization")
    if organization is not None:
        rows = rows.filter(subscription__organization_id=organization)
    return rows.order_by("-created_at", "-seq")


def replay_after(*, subscription: Subscription, after: int, actor: Actor, at: datetime) -> int:
    """Send everything after this number again, at most ``REPLAYED_MAX`` events; how many."""
    return _replay(subscription, StatusEvent.objects.filter(seq__gt=after), actor=actor, at=at)


def replay_dead(*, subscription: Subscription, events: Sequence[str] | None = None, actor: Actor, at: datetime) -> int:
    """Send dead letters again: those named, or all of the stream; how many."""
    chosen = StatusEvent.objects.filter(state=DeliveryState.DEAD)
    return _replay(subscription, chosen if events is None else chosen.filter(pk__in=events), actor=actor, at=at)


def _replay(subscription: Subscription, chosen: QuerySet[StatusEvent], *, actor: Actor, at: datetime) -> int:
    """Conflict ``subscription_has_no_endpoint`` for one that is polled: it reads whatever it wants again itself."""
    with transaction.atomic():
        locked = lock_subscription(subscription)
        if locked.delivery != Delivery.WEBHOOK:
            raise Conflict("subscription_has_no_endpoint", "Nothing is sent to a polled subscription: read it again.")
        numbers = chosen.filter(subscription=locked).order_by("seq").values_list("pk", flat=True)[:REPLAYED_MAX]
        count = StatusEvent.objects.filter(pk__in=list(numbers)).update(
            state=DeliveryState.PENDING, tries=0, queued_at=at, first_tried_at=None, delivered_at=None, last_failure=""
        )
        if count and locked.state == SubscriptionState.ACTIVE:
            locked.due_at = at
            locked.save(update_fields=["due_at"])
        if count:
            organization = locked.organization_id
            record(StatusEventsReplayed(count), subject=locked.pk, actor=actor, at=at, organization=organization)
    return count
