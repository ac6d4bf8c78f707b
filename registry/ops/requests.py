"""One log line and one measurement a request, and an id that ties together whatever was logged on the way."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter, Histogram

from registry.ops.measures import REQUEST_SECONDS, REQUESTS, RESOLVE_ANSWERS
from registry.settings.logs import log_event

REQUEST_ID_HEADER = "X-Request-ID"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
QUIET_ROUTES = frozenset({"health/live", "health/ready", "metrics"})
RESOLVE_ROUTES = ("v1/resolve/", "1.0/identifiers/")
logger = logging.getLogger("attorn.request")


def request_id_of(meta: Mapping[str, Any]) -> str:
    """The caller's id when it has a plain form (nothing that could forge log lines), else a fresh one."""
    given = meta.get("HTTP_X_REQUEST_ID", "")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16)


class RequestLog:
    """Outermost middleware: sees every request and every answer, those of other middleware too.

    It logs the route and not the path: addresses of password resets carry secrets, search words are people's own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = request_id_of(request.META)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - began
        response.headers[REQUEST_ID_HEADER] = request_id
        method = request.method if request.method in _METHODS else "other"
        note_request(method, route_of(request), response.status_code, seconds)
        structlog.contextvars.clear_contextvars()
        return response


def note_request(method: str, route: str, status: int, seconds: float) -> None:
    """The measurements and the log line of one answered request."""
    count, histogram = _measures_of(method, route, status)
    count.inc()
    histogram.observe(seconds)
    if route.startswith(RESOLVE_ROUTES):
        RESOLVE_ANSWERS.labels(status=str(status)).inc()
    if route not in QUIET_ROUTES:
        log_event(
            logger,
            _level(status),
            "request",
            method=method,
            route=route,
            status=status,
            duration_ms=round(seconds * 1000, 1),
        )


@lru_cache(maxsize=4096)
def _measures_of(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(method, route, str(status)), REQUEST_SECONDS.labels(route)


def route_of(request: HttpRequest) -> str:
    """The pattern that the address matched, such as ``v1/agents/<str:agent_id>``."""
    match = request.resolver_match
    if match is None:
        return "(none)"
    return match.route.lstrip("^") or "/"


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _level(status: int) -> int:
    return 40 if status >= 500 else 20
