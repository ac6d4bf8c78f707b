"""Django's own 400, 403, 404 and 500 under the API's paths: problem documents there too.

``registry.urls`` asks ``is_api_path`` and sends everything else to the pages.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse

from registry.api.problems import problem_http_response

_PREFIXES: Final = (
    "/v1/",
    "/1.0/",
    "/openapi.json",
    "/.well-known/",
    "/agents/",
    "/status/",
    "/credentials/",
    "/presentations/",
    "/contexts/",
    "/organizations/",
)
_CODES: Final = {400: "malformed_request", 403: "not_permitted", 404: "not_found", 500: "internal_error"}


def is_api_path(request: HttpRequest) -> bool:
    return request.path == "/v1" or request.path.startswith(_PREFIXES)


def fault(request: HttpRequest, status: int) -> HttpResponse:
    """The problem document for a fault outside any resource; it says nothing about what broke."""
    detail = {404: "There is no such thing here.", 500: "The registry failed; it was logged."}
    return problem_http_response(_CODES[status], detail.get(status, "The request cannot be read."))
