"""All addresses (the table is in docs/architecture.md)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("registry.ops.urls")),
    path("", include("registry.api.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("registry.web.urls")),
]

handler400 = "registry.web.problem_pages.bad_request"
handler403 = "registry.web.problem_pages.permission_denied"
handler404 = "registry.web.problem_pages.not_found"
handler500 = "registry.web.problem_pages.server_error"
