"""All addresses (the table is in docs/architecture.md)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("registry.ops.urls")),
    path("", include("registry.api.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("registry.web.urls")),
]
