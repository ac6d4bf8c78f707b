"""Pages of this kind; see templates/components/README.md."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
