"""The shapes of subscriptions and status events on the wire."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from identity.primitives.ids import ID_LENGTH_MAX
from registry.api.pagination import PAGE_SIZE_MAX
from registry.api.serializers import StrictSerializer
from registry.push.event_types import EventType
from registry.push.limits import (
    AUDIENCE_LENGTH_MAX,
    ENDPOINT_LENGTH_MAX,
    FOLLOWED_MAX,
    OVERLAP_SECONDS_DEFAULT,
    OVERLAP_SECONDS_MAX,
)
from registry.push.models import Delivery, DeliveryState, PauseReason, SubscriptionState

SEQ_MAX = 2**63 - 2
NAME_LENGTH_MAX = 300
EVENT_TYPE_CHOICES = [(str(kind), str(kind)) for kind in EventType]


class _Texts(serializers.ListField):
    """Agents or organizations that are followed by name."""

    def __init__(self, **options: Any) -> None:
        child = serializers.CharField(max_length=NAME_LENGTH_MAX)
        super().__init__(child=child, max_length=FOLLOWED_MAX, required=False, **options)


class SubscriptionChange(StrictSerializer):
    """What may be changed; what is left out stays."""

    endpoint = serializers.CharField(
        max_length=ENDPOINT_LENGTH_MAX, required=False, help_text="An https URL of yours, port 443; webhooks only."
    )
    audience = serializers.CharField(
        max_length=AUDIENCE_LENGTH_MAX, required=False, help_text="`aud` of the tokens; the endpoint when left out."
    )
    event_types = serializers.ListField(
        child=serializers.ChoiceField(EVENT_TYPE_CHOICES),
        max_length=len(EVENT_TYPE_CHOICES),
        required=False,
        help_text="Empty, or left out: every type.",
    )
    agents = _Texts(help_text="Agents you follow by name, whether you dealt with them or not: ids or DIDs.")
    organizations = _Texts(help_text="Organizations whose agents you follow: ids.")
    dealings = serializers.BooleanField(
        required=False,
        help_text="Hear of agents that your vendors dealt with in the last 30 days; true if absent.",
    )


class SubscriptionIn(SubscriptionChange):
    delivery = serializers.ChoiceField(
        Delivery.choices, help_text="`webhook`: we send; `poll`: you read or stream. Cannot be changed later."
    )


class SecretIn(StrictSerializer):
    overlap_seconds = serializers.IntegerField(
        min_value=0, max_value=OVERLAP_SECONDS_MAX, default=OVERLAP_SECONDS_DEFAULT
    )


class ReplayIn(StrictSerializer):
    """Either everything after a number, or the dead letters."""

    after = serializers.IntegerField(min_value=0, max_value=SEQ_MAX, required=False, help_text="A number.")
    events = serializers.ListField(
        child=serializers.CharField(max_length=ID_LENGTH_MAX),
        max_length=PAGE_SIZE_MAX,
        required=False,
        help_text="Dead letters to send again; with neither member, all of them.",
    )


class ReplayOut(StrictSerializer):
    replayed = serializers.IntegerField()


class SubscriptionOut(StrictSerializer):
    """A subscription. ``secret`` is shown once, where it was made."""

    id = serializers.CharField()
    delivery = serializers.ChoiceField(Delivery.choices)
    endpoint = serializers.CharField(allow_null=True)
    audience = serializers.CharField()
    event_types = serializers.ListField(child=serializers.ChoiceField(EVENT_TYPE_CHOICES))
    agents = serializers.ListField(child=serializers.CharField())
    organizations = serializers.ListField(child=serializers.CharField())
    dealings = serializers.BooleanField()
    state = serializers.ChoiceField(SubscriptionState.choices)
    pause_reason = serializers.ChoiceField(PauseReason.choices, allow_null=True)
    issuer = serializers.CharField(help_text="`iss` of the tokens.")
    verification_key = serializers.CharField(help_text="The registry's key of now for `v1a` signatures: `whpk_…`.")
    first_seq = serializers.IntegerField(help_text="The oldest event that is still kept.")
    last_seq = serializers.IntegerField(help_text="The newest event.")
    waiting = serializers.IntegerField(help_text="Events not taken yet.")
    dead = serializers.IntegerField(help_text="Dead letters: given up after a day.")
    failures = serializers.IntegerField(help_text="Failures in a row.")
    last_failure = serializers.CharField(allow_null=True)
    last_success_at = serializers.DateTimeField(allow_null=True)
    verified_at = serializers.DateTimeField(allow_null=True, help_text="When the endpoint answered for the first time.")
    next_try_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class SubscriptionWithSecretOut(SubscriptionOut):
    secret = serializers.CharField(allow_null=True, help_text="`whsec_…`, this once; null for a polled subscription.")


class DeliveriesQuery(StrictSerializer):
    state = serializers.ChoiceField(DeliveryState.choices, required=False)
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)


class DeliveryOut(StrictSerializer):
    """One event and how far its delivery came."""

    id = serializers.CharField(help_text="The token's `jti`.")
    seq = serializers.IntegerField()
    type = serializers.ChoiceField(EVENT_TYPE_CHOICES, source="event_type")
    state = serializers.ChoiceField(DeliveryState.choices)
    tries = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)
    last_failure = serializers.SerializerMethodField()

    def get_last_failure(self, event: Any) -> str | None:
        return event.last_failure or None


class StatusEventsQuery(StrictSerializer):
    subscription = serializers.CharField(max_length=ID_LENGTH_MAX, required=False)
    after = serializers.IntegerField(min_value=0, max_value=SEQ_MAX, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=PAGE_SIZE_MAX, default=PAGE_SIZE_MAX)


class StatusEventOut(StrictSerializer):
    """One event of a stream. ``token`` is the signed event (RFC 8417); the rest spares opening it."""

    seq = serializers.IntegerField()
    jti = serializers.CharField(source="id")
    type = serializers.ChoiceField(EVENT_TYPE_CHOICES, source="event_type")
    created_at = serializers.DateTimeField()
    token = serializers.CharField()


class StatusEventsOut(StrictSerializer):
    """Events after the number asked for, without a gap. Read on after the last one while ``has_more``."""

    subscription = serializers.CharField()
    items = StatusEventOut(many=True)
    first_seq = serializers.IntegerField()
    last_seq = serializers.IntegerField()
    has_more = serializers.BooleanField()
