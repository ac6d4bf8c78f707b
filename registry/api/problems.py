"""The only mapping from exceptions to problem documents (RFC 9457)."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse, UnreadablePostError
from rest_framework import exceptions as drf
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from structlog.contextvars import get_contextvars

from identity.primitives import errors
from registry.api.catalogue import CATALOGUE, Problem

PROBLEM_MEDIA_TYPE = "application/problem+json"

logger = logging.getLogger(__name__)

# The status of a code that the catalogue does not know; a test keeps this from ever being needed.
_STATUS_OF: tuple[tuple[type[errors.AttornError], int], ...] = (
    (errors.InvalidInput, 422),
    (errors.Unauthenticated, 401),
    (errors.NotPermitted, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.Gone, 410),
    (errors.TooLarge, 413),
    (errors.TooMany, 429),
    (errors.Unavailable, 503),
)

_FRAMEWORK: tuple[tuple[type[Exception], str], ...] = (
    (Http404, "not_found"),
    (drf.NotFound, "not_found"),
    (drf.ParseError, "malformed_request"),
    (drf.NotAuthenticated, "authentication_required"),
    (drf.AuthenticationFailed, "authentication_required"),
    (PermissionDenied, "not_permitted"),
    (drf.PermissionDenied, "not_permitted"),
    (drf.MethodNotAllowed, "method_not_allowed"),
    (drf.NotAcceptable, "not_acceptable"),
    (drf.UnsupportedMediaType, "unsupported_media_type"),
    (drf.Throttled, "too_many_requests"),
    (UnreadablePostError, "malformed_request"),
    (OperationalError, "unavailable"),
    (InterfaceError, "unavailable"),
)


def problem_document(
    code: str, detail: str, *, instance: str = "", problems: list[dict[str, str]] | None = None, **extra: Any
) -> dict[str, Any]:
    """The members of RFC 9457 section 3.1, our ``code``, and ``errors`` for the fields that were refused."""
    problem = problem_of(code)
    document: dict[str, Any] = {
        "type": f"{settings.PUBLIC_URL}/problems/{quote(code)}",
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "code": code,
    }
    if instance:
        document["instance"] = instance
    if problems:
        document["errors"] = problems
    return {**document, **extra}


def problem_of(code: str, error: errors.AttornError | None = None) -> Problem:
    """The catalogue's entry, or a plain one by the kind of ``error`` for a code it does not know."""
    if code in CATALOGUE:
        return CATALOGUE[code]
    status = next((status for kind, status in _STATUS_OF if isinstance(error, kind)), 500)
    return Problem(status, code.replace("_", " "), "")


def exception_response(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Django REST framework's ``EXCEPTION_HANDLER``. Whatever has no mapping is a 500 without detail."""
    instance = request_instance()
    if isinstance(exception, errors.AttornError):
        return _attorn_response(exception, instance)
    if isinstance(exception, drf.ValidationError):
        return _response(
            problem_document(
                "invalid_input",
                "The request has a value that is not acceptable.",
                instance=instance,
                problems=field_errors(exception.get_codes(), exception.detail),
            )
        )
    for kind, code in _FRAMEWORK:
        if isinstance(exception, kind):
            return _framework_response(exception, code, instance)
    logger.exception("Unmapped exception", exc_info=exception)
    return _response(problem_document("internal_error", "The registry failed; it was logged.", instance=instance))


def request_instance() -> str:
    """A URN of this request with the id that its log lines and ``X-Request-ID`` carry; empty outside a request."""
    identifier = get_contextvars().get("request_id", "")
    return f"urn:attorn:request:{identifier}" if identifier else ""


def problem_http_response(code: str, detail: str) -> HttpResponse:
    """A problem document outside the framework: for Django's own 404, 400 and 500 under the API's paths."""
    document = problem_document(code, detail, instance=request_instance())
    return HttpResponse(JSONRenderer().render(document), status=document["status"], content_type=PROBLEM_MEDIA_TYPE)


def field_errors(codes: Any, details: Any, path: str = "") -> list[dict[str, str]]:
    """A validation error's tree as a flat list: ``[{"field": "records.0.value", "detail": …, "code": …}]``."""
    if isinstance(details, dict):
        return [entry for name in details for entry in field_errors(codes[name], details[name], _join(path, str(name)))]
    if isinstance(details, list) and any(isinstance(item, (dict, list)) for item in details):
        return [
            entry
            for index, item in enumerate(details)
            for entry in field_errors(codes[index], item, _join(path, str(index)))
        ]
    if isinstance(details, list):
        return [entry for index, item in enumerate(details) for entry in field_errors(codes[index], item, path)]
    return [{"field": path, "detail": str(details), "code": str(codes)}]


def _join(path: str, name: str) -> str:
    if name == "non_field_errors":
        return path
    return f"{path}.{name}" if path else name


def _attorn_response(error: errors.AttornError, instance: str) -> Response:
    extra = {name: value for name, value in error.extra.items() if value is not None}
    problems = [{"field": error.field, "detail": error.detail, "code": error.code}] if error.field else None
    document = problem_document(error.code, error.detail, instance=instance, problems=problems, **extra)
    document["status"] = problem_of(error.code, error).status
    response = _response(document)
    if "retry_after_seconds" in extra:
        response["Retry-After"] = str(extra["retry_after_seconds"])
    return response


def _framework_response(exception: Exception, code: str, instance: str) -> Response:
    detail = str(getattr(exception, "detail", "")) or CATALOGUE[code].title + "."
    if code == "unavailable":
        logger.error("The database does not answer", exc_info=exception)
    response = _response(problem_document(code, detail, instance=instance))
    wait = getattr(exception, "wait", None)
    if wait is not None:
        response["Retry-After"] = str(int(wait) + 1)
    return response


def _response(document: dict[str, Any]) -> Response:
    response = Response(document, status=document["status"], content_type=PROBLEM_MEDIA_TYPE)
    if document["status"] == 401:
        response["WWW-Authenticate"] = 'Bearer realm="attorn", Signature realm="attorn"'
    return response
