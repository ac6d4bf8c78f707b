"""The statement of reasons of one sanction, for everybody."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from identity.primitives.clock import now
from registry.web.sanction_view import SanctionView, published


@require_safe
def sanction(request: HttpRequest, sanction_id: str) -> HttpResponse:
    """404 for a note, a proposal and an unknown id alike: what was never published cannot be found out here."""
    found = published().filter(pk=sanction_id).first()
    if found is None:
        raise Http404
    return render(request, "public/sanction.html", {"sanction": SanctionView(found, now())})


urlpatterns = [path("sanctions/<str:sanction_id>", sanction, name="sanction")]
