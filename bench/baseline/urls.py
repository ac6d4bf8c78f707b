"""The address of the plain view, beside the registry's own."""

from __future__ import annotations

from django.urls import include, path

from bench.baseline.views import PlainResolve

urlpatterns = [
    path("v1/resolve/<path:query>", PlainResolve.as_view()),
    path("own/", include("registry.api.urls")),
]
