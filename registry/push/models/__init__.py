"""Subscriptions, and the events of each in order."""

from __future__ import annotations

from registry.push.models.event import DeliveryState, StatusEvent
from registry.push.models.subscription import Delivery, PauseReason, Subscription, SubscriptionState

__all__ = ["Delivery", "DeliveryState", "PauseReason", "StatusEvent", "Subscription", "SubscriptionState"]
