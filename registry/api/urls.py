"""Addresses of the API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from registry.api import documentation
from registry.api.v1 import RESOURCES
from registry.api.views import UnknownPath

urlpatterns: list[URLPattern | URLResolver] = [
    *(path("", include(f"registry.api.v1.{name}")) for name in RESOURCES),
    path("", include("registry.api.status_lists")),
    path("", include("registry.api.vc_api.credentials")),
    path("", include("registry.api.vc_api.presentations")),
    path("", include("registry.api.vc_api.published")),
    path("openapi.json", documentation.openapi, name="openapi"),
    path("docs/", documentation.docs, name="docs"),
    path("problems/", documentation.problem_index, name="problems"),
    path("problems/<str:code>", documentation.problem_page, name="problem"),
    re_path(r"^(?:v1|1\.0|credentials|presentations)(?:/.*)?$", UnknownPath.as_view(), name="api_unknown"),
]
