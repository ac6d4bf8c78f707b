"""What was reported, decided and overturned, for everybody to read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from identity.primitives.clock import now
from registry.web.sanction_view import SanctionView, published
from registry.web.transparency_view import transparency
from registry.web.visitors import count_visit

LATEST_MAX = 20
VISITS_PER_MINUTE = 60


@require_safe
def transparency_page(request: HttpRequest) -> HttpResponse:
    count_visit(request, to="transparency", per_minute=VISITS_PER_MINUTE)
    at = now()
    latest = [SanctionView(sanction, at) for sanction in published()[:LATEST_MAX]]
    return render(request, "public/transparency.html", {"shown": transparency(at), "sanctions": latest})


urlpatterns = [path("transparency", transparency_page, name="transparency")]
