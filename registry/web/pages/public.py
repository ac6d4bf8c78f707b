"""What anybody may read: home, and how it works."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from identity.agents.models import AgentStatus
from identity.primitives.clock import now
from identity.primitives.errors import Unavailable
from registry.directory.models import Listing
from registry.resolution.resolve import resolve
from registry.web import verification
from registry.web.agent_view import AgentView
from registry.web.figures import figures

LOOKED_AT_MAX = 50
SEARCH_EXAMPLES = ("browser", "database")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    example = _live_example()
    context = {
        "example": example,
        "examples": SEARCH_EXAMPLES,
        "figures": figures(),
        "search_url": reverse("search"),
        "verify_lines": verification.in_three_lines(example.question if example else "concierge.acme"),
    }
    return render(request, "public/home.html", context)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """How an answer comes about and what each word on an agent's page means."""
    context = {
        "validity_minutes": settings.ANSWER_VALIDITY_SECONDS // 60,
        "cache_minutes": settings.ANSWER_TTL_SECONDS_MAX // 60,
        "verify_lines": verification.in_three_lines("concierge.acme"),
    }
    return render(request, "public/about.html", context)


def _live_example() -> AgentView | None:
    """The signed answer about the first-ranked active agent; an unclaimed one when there is no other."""
    first = list(Listing.objects.exclude(name="").order_by("-rank", "agent")[:LOOKED_AT_MAX])
    found = next((listing for listing in first if listing.status == AgentStatus.ACTIVE), next(iter(first), None))
    if found is None:
        return None
    try:
        served = resolve(found.name, at=now())
    except Unavailable:
        return None
    return AgentView(served) if served.status == HTTPStatus.OK else None


urlpatterns = [
    path("", home, name="home"),
    path("how-it-works/", about, name="about"),
]
