"""Addresses for operating: health and metrics."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from registry.ops import health, metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("metrics", metrics.metrics, name="metrics"),
]
