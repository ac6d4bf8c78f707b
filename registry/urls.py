"""All addresses (the table is in docs/architecture.md)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path

from registry.api.faults import fault, is_api_path
from registry.web import problem_pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("registry.ops.urls")),
    path("", include("registry.api.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("registry.web.urls")),
]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return fault(request, 400) if is_api_path(request) else problem_pages.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return fault(request, 403) if is_api_path(request) else problem_pages.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return fault(request, 404) if is_api_path(request) else problem_pages.not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return fault(request, 500) if is_api_path(request) else problem_pages.server_error(request)


handler400, handler403, handler404, handler500 = bad_request, permission_denied, not_found, server_error
