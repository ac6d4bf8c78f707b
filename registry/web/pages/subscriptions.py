"""Subscriptions to status events in the console: make one, see what was delivered, send again what was not."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission, require
from identity.credentials.issuers import current_signer
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput
from registry.push.envelope import public_key_text
from registry.push.models import Delivery, DeliveryState, Subscription, SubscriptionState
from registry.push.replaying import replay_dead
from registry.push.subscriptions import (
    change_subscription,
    create_subscription,
    delete_subscription,
    pause_subscription,
    resume_subscription,
    rotate_secret,
)
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import actor_of, allowed
from registry.web.forms.subscriptions import ChangeForm, CreateForm, RotateForm, initial_of
from registry.web.push_words import TYPE_WORDS

DELIVERIES_SHOWN_MAX = 50


@console_page(Permission.STATUS_EVENTS_READ)
@require_safe
def subscriptions(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    rows = [(one, state_of(one), _waiting(one)) for one in organization.subscriptions.order_by("-id")]
    may_write = allowed(request, Permission.SUBSCRIPTIONS_WRITE)
    context = {"organization": organization, "rows": rows, "may_write": may_write}
    return render(request, "console/subscriptions/list.html", context)


@console_page(Permission.SUBSCRIPTIONS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("secret")
def create(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    form = CreateForm(request.POST if request.method == "POST" else None)
    page: dict[str, Any] = {"organization": organization, "form": form, "crumbs": _crumbs(organization)}
    if request.method == "POST" and form.is_valid():
        wish = form.wish(form.cleaned_data["delivery"])
        try:
            made, secret = create_subscription(organization=organization, wish=wish, actor=actor_of(request), at=now())
        except (InvalidInput, Conflict) as problem:
            _show(form, problem)
        else:
            return _with_secret(request, page, made, secret)
    return render(request, "console/subscriptions/create.html", page, status=422 if form.errors else 200)


@console_page(Permission.STATUS_EVENTS_READ)
@require_http_methods(["GET", "HEAD", "POST"])
def subscription(request: ConsoleRequest, organization: Organization, subscription_id: str) -> HttpResponse:
    """One subscription with its deliveries; sending the form changes it."""
    shown = _subscription(organization, subscription_id)
    if request.method == "POST":
        require(request.user, organization, Permission.SUBSCRIPTIONS_WRITE)
    may_write = allowed(request, Permission.SUBSCRIPTIONS_WRITE)
    form = ChangeForm(request.POST) if request.method == "POST" else ChangeForm(initial=initial_of(shown))
    if request.method == "POST" and form.is_valid():
        chosen = shown.audience if shown.audience not in (shown.endpoint, shown.address) else ""
        wish = form.wish(shown.delivery, audience=chosen)
        try:
            change_subscription(subscription=shown, wish=wish, actor=actor_of(request), at=now())
        except InvalidInput as problem:
            _show(form, problem)
        else:
            messages.success(request, _("Changed. It counts for events from now on."))
            return redirect("console_subscription", organization.pk, shown.pk)
    at = now()
    events = shown.events.order_by("-seq")[:DELIVERIES_SHOWN_MAX]
    context = {
        "organization": organization,
        "subscription": shown,
        "form": form,
        "rotate_form": RotateForm(),
        "state": state_of(shown),
        "is_paused": shown.state == SubscriptionState.PAUSED,
        "is_webhook": shown.delivery == Delivery.WEBHOOK,
        "event_type_words": [TYPE_WORDS[kind] for kind in shown.event_types],
        "rows": [(event, TYPE_WORDS.get(event.event_type, event.event_type)) for event in events],
        "shown_max": DELIVERIES_SHOWN_MAX,
        "dead": shown.events.filter(state=DeliveryState.DEAD).count(),
        "waiting": _waiting(shown),
        "verification_key": public_key_text(current_signer().public_key),
        "has_previous_secret": shown.has_previous_secret(at),
        "may_write": may_write,
        "crumbs": _crumbs(organization),
    }
    return render(request, "console/subscriptions/detail.html", context, status=422 if form.errors else 200)


@console_page(Permission.SUBSCRIPTIONS_WRITE)
@require_POST
@sensitive_variables("secret")
def rotate(request: ConsoleRequest, organization: Organization, subscription_id: str) -> HttpResponse:
    shown = _subscription(organization, subscription_id)
    form = RotateForm(request.POST)
    if not form.is_valid():
        return redirect("console_subscription", organization.pk, shown.pk)
    overlap_seconds = int(form.cleaned_data["overlap"])
    rotated, secret = rotate_secret(
        subscription=shown, overlap_seconds=overlap_seconds, actor=actor_of(request), at=now()
    )
    page = {"organization": organization, "crumbs": _crumbs(organization)}
    return _with_secret(request, page, rotated, secret)


@console_page(Permission.SUBSCRIPTIONS_WRITE)
@require_POST
def pause(request: ConsoleRequest, organization: Organization, subscription_id: str) -> HttpResponse:
    shown = _subscription(organization, subscription_id)
    pause_subscription(subscription=shown, actor=actor_of(request), at=now())
    messages.success(request, _("Paused. Events are kept until you resume it."))
    return redirect("console_subscription", organization.pk, shown.pk)


@console_page(Permission.SUBSCRIPTIONS_WRITE)
@require_POST
def resume(request: ConsoleRequest, organization: Organization, subscription_id: str) -> HttpResponse:
    shown = _subscription(organization, subscription_id)
    resume_subscription(subscription=shown, actor=actor_of(request), at=now())
    messages.success(request, _("Resumed. What waited is sent first."))
    return redirect("console_subscription", organization.pk, shown.pk)


@console_page(Permission.SUBSCRIPTIONS_WRITE)
@require_POST
def replay(request: ConsoleRequest, organization: Organization, subscription_id: str) -> HttpResponse:
    """The dead letters: one that is named, or all."""
    shown = _subscription(organization, subscription_id)
    named = [request.POST["event"]] if request.POST.get("event") else None
    count = replay_dead(subscription=shown, events=named, actor=actor_of(request), at=now())
    messages.success(request, _("Sent again: %s.") % count)
    return redirect("console_subscription", organization.pk, shown.pk)


@console_page(Permission.SUBSCRIPTIONS_WRITE)
@require_POST
def end(request: ConsoleRequest, organization: Organization, subscription_id: str) -> HttpResponse:
    delete_subscription(subscription=_subscription(organization, subscription_id), actor=actor_of(request), at=now())
    messages.success(request, _("The subscription has ended. Nothing is sent any more."))
    return redirect("console_subscriptions", organization.pk)


def state_of(subscription: Subscription) -> str:
    """Its state as a badge: paused, read by its program, not confirmed yet, failing, or well."""
    if subscription.state == SubscriptionState.PAUSED:
        return "receiver.paused"
    if subscription.delivery == Delivery.POLL:
        return "receiver.polled"
    if subscription.verified_at is None and not subscription.is_failing:
        return "receiver.new"
    return "receiver.failing" if subscription.is_failing else "receiver.well"


def _waiting(subscription: Subscription) -> int:
    return subscription.events.filter(state=DeliveryState.PENDING).count()


def _subscription(organization: Organization, subscription_id: str) -> Subscription:
    found: Subscription = get_object_or_404(organization.subscriptions, pk=subscription_id)
    return found


def _with_secret(request: ConsoleRequest, page: dict[str, Any], made: Subscription, secret: str | None) -> HttpResponse:
    """Where the secret is shown, this once; a polled subscription has none."""
    if secret is None:
        messages.success(request, _("Subscribed. Read its events with the address below."))
        return redirect("console_subscription", made.organization_id, made.pk)
    return render(request, "console/subscriptions/created.html", {**page, "subscription": made, "secret": secret})


def _show(form: ChangeForm, problem: InvalidInput | Conflict) -> None:
    field = {"agents": "followed", "organizations": "followed"}.get(str(problem.field), problem.field)
    form.add_error(field if field in form.fields else None, problem.detail)


def _crumbs(organization: Organization) -> list[tuple[str, str]]:
    return [(_("Status events"), reverse("console_subscriptions", args=[organization.pk]))]


_ONE = "console/<str:organization_id>/subscriptions/<str:subscription_id>/"
urlpatterns = [
    path("console/<str:organization_id>/subscriptions/", subscriptions, name="console_subscriptions"),
    path("console/<str:organization_id>/subscriptions/new/", create, name="console_subscription_create"),
    path(_ONE, subscription, name="console_subscription"),
    path(f"{_ONE}secret/", rotate, name="console_subscription_rotate"),
    path(f"{_ONE}pause/", pause, name="console_subscription_pause"),
    path(f"{_ONE}resume/", resume, name="console_subscription_resume"),
    path(f"{_ONE}replay/", replay, name="console_subscription_replay"),
    path(f"{_ONE}end/", end, name="console_subscription_end"),
]
