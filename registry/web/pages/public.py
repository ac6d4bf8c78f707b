"""What anybody may read: home, how it works, an agent's page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "public/home.html")


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "public/about.html")


urlpatterns = [
    path("", home, name="home"),
    path("how-it-works/", about, name="about"),
]
