"""``/v1/subscriptions``: who is told of what, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.credentials.issuers import current_signer
from identity.primitives.errors import InvalidInput, NotFound
from registry.api.pagination import read_page
from registry.api.schema import describe
from registry.api.v1.agent_shapes import NothingIn
from registry.api.v1.push_shapes import (
    DeliveriesQuery,
    DeliveryOut,
    ReplayIn,
    ReplayOut,
    SecretIn,
    SubscriptionChange,
    SubscriptionIn,
    SubscriptionOut,
    SubscriptionWithSecretOut,
)
from registry.api.views import Resource, page_of
from registry.push.envelope import public_key_text
from registry.push.models import DeliveryState, Subscription
from registry.push.replaying import replay_after, replay_dead
from registry.push.subscriptions import (
    Wish,
    change_subscription,
    create_subscription,
    delete_subscription,
    pause_subscription,
    resume_subscription,
    rotate_secret,
)

_WISH_PROBLEMS = ["endpoint_refused", "event_type_unknown", "followed_unknown"]


class Subscriptions(Resource):
    scopes = {"GET": Permission.STATUS_EVENTS_READ, "POST": Permission.SUBSCRIPTIONS_WRITE}

    @describe("List subscriptions", answers={200: page_of(SubscriptionOut)}, tag="status events")
    def get(self, request: Request) -> Response:
        page = read_page(counted(self.organization), query=request.query_params)
        return Response({"items": [shown(row) for row in page.items], "next_cursor": page.next_cursor})

    @describe(
        "Subscribe to status events",
        request=SubscriptionIn,
        answers={201: SubscriptionWithSecretOut},
        problems=[*_WISH_PROBLEMS, "too_many_subscriptions"],
        tag="status events",
    )
    def post(self, request: Request) -> Response:
        """The secret of a webhook is shown in this answer only. A verification event is sent to the endpoint at once,
        and every minute after it in which nothing else was."""
        body = self.body(SubscriptionIn)
        subscription, secret = create_subscription(
            organization=self.organization,
            wish=_wish(body, delivery=body["delivery"]),
            actor=self.caller.actor,
            at=self.at,
        )
        data = {**shown(counted(self.organization).get(pk=subscription.pk)), "secret": secret}
        response = self.secret_response(data, status=201, secret_members=("secret",))
        response.headers["Location"] = f"/v1/subscriptions/{subscription.pk}"
        return response


class OneSubscription(Resource):
    scopes = {
        "GET": Permission.STATUS_EVENTS_READ,
        "PATCH": Permission.SUBSCRIPTIONS_WRITE,
        "DELETE": Permission.SUBSCRIPTIONS_WRITE,
    }

    @describe("Look at a subscription", answers={200: SubscriptionOut}, problems=["not_found"], tag="status events")
    def get(self, request: Request, subscription_id: str) -> Response:
        return Response(shown(subscription_of(self.organization, subscription_id)))

    @describe(
        "Change a subscription",
        request=SubscriptionChange,
        answers={200: SubscriptionOut},
        problems=["not_found", *_WISH_PROBLEMS],
        tag="status events",
    )
    def patch(self, request: Request, subscription_id: str) -> Response:
        """A new endpoint is verified at once."""
        before = subscription_of(self.organization, subscription_id)
        body = {**_standing(before), **self.body(SubscriptionChange)}
        change_subscription(
            subscription=before, wish=_wish(body, delivery=before.delivery), actor=self.caller.actor, at=self.at
        )
        return Response(shown(subscription_of(self.organization, subscription_id)))

    @describe("End a subscription", answers={204: None}, problems=["not_found"], tag="status events")
    def delete(self, request: Request, subscription_id: str) -> Response:
        """With every event in it. To keep them, pause it."""
        subscription = subscription_of(self.organization, subscription_id)
        delete_subscription(subscription=subscription, actor=self.caller.actor, at=self.at)
        return Response(status=204)


class Pause(Resource):
    scopes = {"POST": Permission.SUBSCRIPTIONS_WRITE}

    @describe(
        "Pause a subscription",
        request=NothingIn,
        answers={200: SubscriptionOut},
        problems=["not_found", "subscription_paused"],
        tag="status events",
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Nothing is sent meanwhile; events are kept."""
        self.body(NothingIn)
        subscription = subscription_of(self.organization, subscription_id)
        pause_subscription(subscription=subscription, actor=self.caller.actor, at=self.at)
        return Response(shown(subscription_of(self.organization, subscription_id)))


class Resume(Resource):
    scopes = {"POST": Permission.SUBSCRIPTIONS_WRITE}

    @describe(
        "Resume a subscription",
        request=NothingIn,
        answers={200: SubscriptionOut},
        problems=["not_found", "subscription_not_paused"],
        tag="status events",
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Begins with what waited."""
        self.body(NothingIn)
        subscription = subscription_of(self.organization, subscription_id)
        resume_subscription(subscription=subscription, actor=self.caller.actor, at=self.at)
        return Response(shown(subscription_of(self.organization, subscription_id)))


class Secret(Resource):
    scopes = {"POST": Permission.SUBSCRIPTIONS_WRITE}

    @describe(
        "Rotate a webhook's secret",
        request=SecretIn,
        answers={200: SubscriptionWithSecretOut},
        problems=["not_found", "overlap_out_of_range", "subscription_has_no_secret"],
        tag="status events",
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """The new one is shown in this answer only. Deliveries are signed with both during the overlap."""
        body = self.body(SecretIn)
        _, secret = rotate_secret(
            subscription=subscription_of(self.organization, subscription_id),
            overlap_seconds=body["overlap_seconds"],
            actor=self.caller.actor,
            at=self.at,
        )
        data = {**shown(subscription_of(self.organization, subscription_id)), "secret": secret}
        return self.secret_response(data, status=200, secret_members=("secret",))


class Deliveries(Resource):
    scopes = {"GET": Permission.STATUS_EVENTS_READ}

    @describe(
        "List a subscription's deliveries",
        answers={200: page_of(DeliveryOut)},
        parameters=[DeliveriesQuery],
        problems=["not_found"],
        tag="status events",
    )
    def get(self, request: Request, subscription_id: str) -> Response:
        """`?state=dead` lists the dead letters."""
        query = self.query(DeliveriesQuery)
        rows = subscription_of(self.organization, subscription_id).events.all()
        return self.page(rows.filter(state=query["state"]) if "state" in query else rows, DeliveryOut)


class Replay(Resource):
    scopes = {"POST": Permission.SUBSCRIPTIONS_WRITE}

    @describe(
        "Send events again",
        request=ReplayIn,
        answers={202: ReplayOut},
        problems=["not_found", "subscription_has_no_endpoint", "replay_contradicts"],
        tag="status events",
    )
    def post(self, request: Request, subscription_id: str) -> Response:
        """Everything after a number, at most 1,000 events; or dead letters."""
        body = self.body(ReplayIn)
        if "after" in body and "events" in body:
            raise InvalidInput("replay_contradicts", "Send after, or events, or neither.", field="events")
        common: dict[str, Any] = {
            "subscription": subscription_of(self.organization, subscription_id),
            "actor": self.caller.actor,
            "at": self.at,
        }
        if "after" in body:
            return Response({"replayed": replay_after(after=body["after"], **common)}, status=202)
        return Response({"replayed": replay_dead(events=body.get("events"), **common)}, status=202)


def counted(organization: Organization) -> QuerySet[Subscription]:
    """The organization's subscriptions with how many of their events wait, and how many were given up."""
    return Subscription.objects.filter(organization=organization).annotate(
        waiting=Count("events", filter=Q(events__state=DeliveryState.PENDING)),
        dead=Count("events", filter=Q(events__state=DeliveryState.DEAD)),
    )


def subscription_of(organization: Organization, subscription_id: str) -> Subscription:
    """A subscription of this organization. NotFound for one of others and for none alike."""
    subscription = counted(organization).filter(pk=subscription_id).first()
    if subscription is None:
        raise NotFound("not_found", "There is no such subscription.")
    return subscription


def shown(subscription: Any) -> dict[str, Any]:
    """A counted subscription as the wire has it; never its secret."""
    values = {
        **{name: getattr(subscription, name) for name in _PLAIN},
        "endpoint": subscription.endpoint or None,
        "dealings": subscription.has_dealings,
        "pause_reason": subscription.pause_reason or None,
        "issuer": settings.PUBLIC_URL,
        "verification_key": public_key_text(current_signer().public_key),
        "last_failure": subscription.last_failure or None,
        "next_try_at": subscription.due_at,
    }
    return dict(SubscriptionOut(values).data)


_PLAIN = (
    *("id", "delivery", "audience", "event_types", "agents", "organizations", "state", "first_seq", "last_seq"),
    *("waiting", "dead", "failures", "last_success_at", "verified_at", "created_at"),
)


def _standing(subscription: Subscription) -> dict[str, Any]:
    """What a change leaves as it is. An audience that was never chosen follows the endpoint."""
    chosen = subscription.audience not in (subscription.endpoint, subscription.address)
    return {
        "endpoint": subscription.endpoint,
        "audience": subscription.audience if chosen else "",
        "event_types": subscription.event_types,
        "agents": subscription.agents,
        "organizations": subscription.organizations,
        "dealings": subscription.has_dealings,
    }


def _wish(body: Mapping[str, Any], *, delivery: str) -> Wish:
    return Wish(
        delivery=delivery,
        endpoint=body.get("endpoint", ""),
        audience=body.get("audience", ""),
        event_types=body.get("event_types", ()),
        agents=body.get("agents", ()),
        organizations=body.get("organizations", ()),
        has_dealings=body.get("dealings", True),
    )


urlpatterns = [
    path("v1/subscriptions", Subscriptions.as_view(), name="api_subscriptions"),
    path("v1/subscriptions/<str:subscription_id>", OneSubscription.as_view(), name="api_subscription"),
    path("v1/subscriptions/<str:subscription_id>/pause", Pause.as_view(), name="api_subscription_pause"),
    path("v1/subscriptions/<str:subscription_id>/resume", Resume.as_view(), name="api_subscription_resume"),
    path("v1/subscriptions/<str:subscription_id>/secret", Secret.as_view(), name="api_subscription_secret"),
    path("v1/subscriptions/<str:subscription_id>/deliveries", Deliveries.as_view(), name="api_subscription_deliveries"),
    path("v1/subscriptions/<str:subscription_id>/replay", Replay.as_view(), name="api_subscription_replay"),
]
