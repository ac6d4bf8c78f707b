"""One agent's public page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe


@require_safe
def agent(request: HttpRequest, name: str) -> HttpResponse:
    return render(request, "public/agent.html", {"name": name})


urlpatterns = [path("a/<path:name>", agent, name="agent")]
