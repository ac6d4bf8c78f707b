"""Making, changing and ending subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.journal.actor import Actor
from identity.journal.kinds import Payload
from identity.journal.push_kinds import (
    SubscriptionChanged,
    SubscriptionCreated,
    SubscriptionDeleted,
    SubscriptionPaused,
    SubscriptionResumed,
    SubscriptionSecretRotated,
)
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput, NotFound
from identity.primitives.ids import new_subscription_id
from registry.push.endpoints import checked_endpoint
from registry.push.event_types import EventType
from registry.push.limits import (
    AUDIENCE_LENGTH_MAX,
    FOLLOWED_MAX,
    OVERLAP_SECONDS_DEFAULT,
    OVERLAP_SECONDS_MAX,
    SUBSCRIPTIONS_PER_ORGANIZATION_MAX,
)
from registry.push.models import Delivery, PauseReason, Subscription, SubscriptionState
from registry.push.secrets import make_secret


@dataclass(frozen=True, slots=True)
class Wish:
    """What a subscriber asks for. ``agents`` are ids or DIDs, ``organizations`` ids; ``event_types`` empty is all."""

    delivery: str
    endpoint: str = ""
    audience: str = ""
    event_types: Sequence[str] = ()
    agents: Sequence[str] = ()
    organizations: Sequence[str] = ()
    has_dealings: bool = True


def create_subscription(
    *, organization: Organization, wish: Wish, actor: Actor, at: datetime
) -> tuple[Subscription, str | None]:
    """A new stream, and the secret of a webhook, which is shown only here. Its endpoint is called at once.

    InvalidInput ``endpoint_refused``, ``event_type_unknown``, ``followed_unknown``, ``invalid_input``; Conflict
    ``too_many_subscriptions``.
    """
    subscription_id = new_subscription_id()
    is_webhook = wish.delivery == Delivery.WEBHOOK
    values = _checked(wish, is_webhook=is_webhook)
    secret, sealed = make_secret(subscription_id) if is_webhook else (None, None)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        if organization.subscriptions.count() >= SUBSCRIPTIONS_PER_ORGANIZATION_MAX:
            most = SUBSCRIPTIONS_PER_ORGANIZATION_MAX
            raise Conflict("too_many_subscriptions", f"An organization has at most {most} subscriptions.")
        subscription = Subscription(
            id=subscription_id,
            organization=organization,
            delivery=wish.delivery,
            secret_sealed=sealed,
            created_at=at,
            due_at=at if is_webhook else None,
            **values,
        )
        subscription.audience = subscription.audience or subscription.endpoint or subscription.address
        subscription.save(force_insert=True)
        _tell(subscription, SubscriptionCreated(wish.delivery), actor=actor, at=at)
    return subscription, secret


def change_subscription(*, subscription: Subscription, wish: Wish, actor: Actor, at: datetime) -> Subscription:
    """Another endpoint, audience or choice of events; how it is delivered stays. Raises as ``create_subscription``."""
    if wish.delivery != subscription.delivery:
        raise InvalidInput("invalid_input", "How events are delivered cannot be changed.", field="delivery")
    values = _checked(wish, is_webhook=wish.delivery == Delivery.WEBHOOK)
    values["audience"] = values["audience"] or values["endpoint"] or subscription.address
    with transaction.atomic():
        locked = lock_subscription(subscription)
        changed = [name for name, value in values.items() if getattr(locked, name) != value]
        if changed:
            for name in changed:
                setattr(locked, name, values[name])
            if "endpoint" in changed and locked.state == SubscriptionState.ACTIVE:
                _start_anew(locked, at)
                changed += ["due_at", "failures", "failing_since", "verified_at"]
                locked.verified_at = None
            locked.save(update_fields=changed)
            _tell(locked, SubscriptionChanged(changed), actor=actor, at=at)
    return locked


def pause_subscription(*, subscription: Subscription, actor: Actor, at: datetime) -> Subscription:
    """Nothing is sent until it is resumed; events are kept meanwhile. Conflict ``subscription_paused``."""
    with transaction.atomic():
        locked = lock_subscription(subscription)
        if locked.state == SubscriptionState.PAUSED:
            raise Conflict("subscription_paused", "This subscription is paused already.")
        set_paused(locked, PauseReason.BY_ORGANIZATION, actor=actor, at=at)
    return locked


def resume_subscription(*, subscription: Subscription, actor: Actor, at: datetime) -> Subscription:
    """Go on, beginning with what waited. Conflict ``subscription_not_paused``."""
    with transaction.atomic():
        locked = lock_subscription(subscription)
        if locked.state != SubscriptionState.PAUSED:
            raise Conflict("subscription_not_paused", "This subscription is not paused.")
        locked.state, locked.pause_reason = SubscriptionState.ACTIVE, ""
        if locked.delivery == Delivery.WEBHOOK:
            _start_anew(locked, at)
        locked.save(update_fields=["state", "pause_reason", "due_at", "failures", "failing_since"])
        _tell(locked, SubscriptionResumed(), actor=actor, at=at)
    return locked


def delete_subscription(*, subscription: Subscription, actor: Actor, at: datetime) -> None:
    """End the stream with everything in it, the secret too. The journal keeps that it was."""
    with transaction.atomic():
        locked = lock_subscription(subscription)
        _tell(locked, SubscriptionDeleted(), actor=actor, at=at)
        locked.delete()


def rotate_secret(
    *, subscription: Subscription, overlap_seconds: int = OVERLAP_SECONDS_DEFAULT, actor: Actor, at: datetime
) -> tuple[Subscription, str]:
    """A new secret, shown once. Deliveries carry signatures by both for ``overlap_seconds``.

    InvalidInput ``overlap_out_of_range``; Conflict ``subscription_has_no_secret`` for one that is polled.
    """
    if not 0 <= overlap_seconds <= OVERLAP_SECONDS_MAX:
        raise InvalidInput(
            "overlap_out_of_range", f"An overlap is 0 to {OVERLAP_SECONDS_MAX} seconds.", field="overlap_seconds"
        )
    with transaction.atomic():
        locked = lock_subscription(subscription)
        if locked.delivery != Delivery.WEBHOOK:
            raise Conflict("subscription_has_no_secret", "Only webhooks have a secret; this one is polled.")
        locked.previous_secret_sealed = locked.secret_sealed if overlap_seconds else None
        locked.previous_secret_until = at + timedelta(seconds=overlap_seconds) if overlap_seconds else None
        secret, locked.secret_sealed = make_secret(locked.pk)
        locked.save(update_fields=["secret_sealed", "previous_secret_sealed", "previous_secret_until"])
        _tell(locked, SubscriptionSecretRotated(overlap_seconds), actor=actor, at=at)
    return locked, secret


def lock_subscription(subscription: Subscription) -> Subscription:
    """The row as it stands, locked; NotFound ``not_found`` when it was deleted meanwhile."""
    locked = Subscription.objects.select_for_update(no_key=True).filter(pk=subscription.pk).first()
    if locked is None:
        raise NotFound("not_found", "There is no such subscription.")
    return locked


def set_paused(locked: Subscription, reason: PauseReason, *, actor: Actor, at: datetime) -> None:
    """Pause a locked subscription, whoever wants it."""
    locked.state, locked.pause_reason, locked.due_at = SubscriptionState.PAUSED, reason, None
    locked.save(update_fields=["state", "pause_reason", "due_at"])
    _tell(locked, SubscriptionPaused(str(reason)), actor=actor, at=at)


def _start_anew(locked: Subscription, at: datetime) -> None:
    locked.due_at, locked.failures, locked.failing_since = at, 0, None


def _tell(subscription: Subscription, payload: Payload, *, actor: Actor, at: datetime) -> None:
    record(payload, subject=subscription.pk, actor=actor, at=at, organization=subscription.organization_id)


def _checked(wish: Wish, *, is_webhook: bool) -> dict[str, Any]:
    if wish.delivery not in Delivery.values:
        raise InvalidInput("invalid_input", "Events are delivered by webhook or poll.", field="delivery")
    if not is_webhook and wish.endpoint:
        raise InvalidInput("invalid_input", "Only a webhook has an endpoint.", field="endpoint")
    if len(wish.audience) > AUDIENCE_LENGTH_MAX or not wish.audience.isprintable():
        raise InvalidInput(
            "invalid_input", f"An audience has at most {AUDIENCE_LENGTH_MAX} characters.", field="audience"
        )
    return {
        "endpoint": checked_endpoint(wish.endpoint) if is_webhook else "",
        "audience": wish.audience,
        "event_types": _checked_types(wish.event_types),
        "agents": _agent_ids(wish.agents),
        "organizations": _organization_ids(wish.organizations),
        "has_dealings": wish.has_dealings,
    }


def _checked_types(types: Sequence[str]) -> list[str]:
    known = [str(kind) for kind in EventType]
    unknown = [kind for kind in types if kind not in known]
    if unknown:
        sentence = f"There is no event type {unknown[0][:40]!r}. Types are {', '.join(known)}."
        raise InvalidInput("event_type_unknown", sentence, field="event_types")
    return [kind for kind in known if kind in types]


def _agent_ids(wanted: Sequence[str]) -> list[str]:
    _require_few(wanted, "agents")
    named = list(dict.fromkeys(wanted))
    found = dict(Agent.objects.filter(pk__in=named).values_list("pk", "pk"))
    found |= dict(
        Agent.objects.filter(did__in=[name for name in named if name.startswith("did:")]).values_list("did", "pk")
    )
    _require_known(named, found, "agents")
    return sorted({found[name] for name in named})


def _organization_ids(wanted: Sequence[str]) -> list[str]:
    _require_few(wanted, "organizations")
    found = dict(Organization.objects.filter(pk__in=list(wanted)).values_list("pk", "pk"))
    _require_known(wanted, found, "organizations")
    return sorted(set(wanted))


def _require_few(wanted: Sequence[str], field: str) -> None:
    if len(wanted) > FOLLOWED_MAX:
        raise InvalidInput("invalid_input", f"A subscription follows at most {FOLLOWED_MAX} {field}.", field=field)


def _require_known(wanted: Sequence[str], found: dict[str, str], field: str) -> None:
    unknown = [name for name in wanted if name not in found]
    if unknown:
        raise InvalidInput(
            "followed_unknown", f"{unknown[0][:80]!r} is none of the {field} in the register.", field=field
        )
