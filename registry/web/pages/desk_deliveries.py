"""Signed events that did not arrive: which receivers are in trouble, what was given up, and sending it again."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from identity.primitives.clock import now
from identity.primitives.errors import Conflict
from registry.push.limits import ALARM_AT_FAILURE
from registry.push.models import Delivery, Subscription, SubscriptionState
from registry.push.replaying import dead_letters, replay_dead
from registry.web.desk import desk_page, operator

RECEIVERS_SHOWN_MAX = 50
LETTERS_SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class Receiver:
    subscription: Subscription
    dead: int

    @property
    def badge(self) -> str:
        """The name of the badge in ``registry.web.states``."""
        if self.subscription.state == SubscriptionState.PAUSED:
            return "receiver.paused"
        return "receiver.failing" if self.subscription.failures else "receiver.well"


@desk_page
@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    counts = dict(dead_letters().order_by().values_list("subscription").annotate(n=Count("pk")))
    troubled = Subscription.objects.filter(Q(failures__gte=ALARM_AT_FAILURE) | Q(pk__in=list(counts)))
    shown = troubled.select_related("organization").order_by("failing_since", "pk")[:RECEIVERS_SHOWN_MAX]
    context = {
        "receivers": [Receiver(one, counts.get(one.pk, 0)) for one in shown],
        "letters": dead_letters()[:LETTERS_SHOWN_MAX],
        "letters_count": sum(counts.values()),
        "streams": Subscription.objects.filter(delivery=Delivery.WEBHOOK).count(),
        "alarm_at": ALARM_AT_FAILURE,
    }
    return render(request, "desk/deliveries.html", context)


@desk_page
@require_POST
def replay(request: HttpRequest, subscription_id: str) -> HttpResponse:
    """Send what was given up to this receiver again, in its order."""
    subscription = get_object_or_404(Subscription, pk=subscription_id)
    try:
        count = replay_dead(subscription=subscription, actor=operator(request), at=now())
    except Conflict as refusal:
        messages.error(request, refusal.detail)
        return redirect("desk_deliveries")
    sent = ngettext("%(n)s event is sent again.", "%(n)s events are sent again.", count) % {"n": count}
    messages.success(request, sent if count else _("There was nothing to send again."))
    return redirect("desk_deliveries")


urlpatterns = [
    path("desk/deliveries/", deliveries, name="desk_deliveries"),
    path("desk/deliveries/<str:subscription_id>/replay/", replay, name="desk_delivery_replay"),
]
