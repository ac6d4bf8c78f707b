"""``/openapi.json``, ``/docs/`` and ``/problems/``: what a developer reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from rest_framework.renderers import JSONRenderer

from registry.api.catalogue import CATALOGUE, Problem
from registry.api.problems import problem_document, problem_http_response

View = TypeVar("View", bound=Callable[..., HttpResponse])
# Swagger UI's style sheet shows its icons as data: URLs, so this page alone may load such images; nothing else is
# relaxed, and it runs without inline style or script.
DOCS_POLICY: Final = (
    "default-src 'self'; script-src 'self'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def page_to_read(view: View) -> View:
    """Of a view: its frame follows the reader's language, though the API around it answers in English. What the
    catalogue says of a problem stays English, as in the problem documents themselves."""
    view.is_page = True  # type: ignore[attr-defined]
    return view


class _Description:
    """The schema's bytes; it depends on the code alone, so a process makes it once."""

    body: bytes | None = None


@require_safe
@cache_control(public=True, max_age=300)
def openapi(request: HttpRequest) -> HttpResponse:
    """The whole API as OpenAPI 3.1."""
    return HttpResponse(openapi_body(), content_type="application/json")


def openapi_body() -> bytes:
    if _Description.body is None or settings.DEBUG:
        _Description.body = JSONRenderer().render(openapi_document())
    return _Description.body


def openapi_document() -> dict[str, Any]:
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return document


@page_to_read
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The description to read and try out."""
    response = render(request, "public/docs.html")
    response.headers["Content-Security-Policy"] = DOCS_POLICY
    return response


@page_to_read
@require_safe
@cache_control(public=True, max_age=300)
def problem_index(request: HttpRequest) -> HttpResponse:
    """Every problem code."""
    problems = sorted(CATALOGUE.items(), key=lambda entry: (entry[1].status, entry[0]))
    if wants_json(request):
        return JsonResponse({"problems": [_as_json(code, problem) for code, problem in problems]})
    return render(request, "public/problems.html", {"problems": problems})


@page_to_read
@require_safe
@cache_control(public=True, max_age=300)
def problem_page(request: HttpRequest, code: str) -> HttpResponse:
    """What a code means and what to do about it: where a problem document's ``type`` leads."""
    problem = CATALOGUE.get(code)
    if problem is None and wants_json(request):
        return problem_http_response("not_found", "There is no such problem code.")
    if problem is None:
        return render(request, "public/problems.html", {"problems": [], "unknown": code[:80]}, status=404)
    if wants_json(request):
        return JsonResponse(_as_json(code, problem))
    example = problem_document(code, "What went wrong this time, in one sentence.")
    words = {"code": code, "problem": problem, "explanation": _with_code(problem.explanation)}
    return render(request, "public/problem.html", {**words, "example": _pretty(example)})


def wants_json(request: HttpRequest) -> bool:
    """Whether the client rather takes JSON than a page; a browser and ``*/*`` get the page."""
    preferred = request.get_preferred_type(["text/html", "application/json", "application/problem+json"])
    return preferred is not None and preferred != "text/html"


def _as_json(code: str, problem: Problem) -> dict[str, Any]:
    return {
        "type": f"{settings.PUBLIC_URL}/problems/{code}",
        "code": code,
        "status": problem.status,
        "title": problem.title,
        "explanation": problem.explanation,
    }


def _with_code(text: str) -> SafeString:
    """What stands between backticks as ``<code>``; everything is escaped."""
    parts = (("<code>{}</code>" if index % 2 else "{}", part) for index, part in enumerate(text.split("`")))
    return SafeString("".join(format_html(form, part) for form, part in parts))


def _pretty(document: dict[str, Any]) -> str:
    return JSONRenderer().render(document, accepted_media_type="application/json; indent=2").decode()
