"""One agent's public page: the signed answer in words, and how to check it."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from identity.primitives.clock import now
from identity.primitives.errors import InvalidInput
from registry.resolution.resolve import resolve
from registry.web import verification
from registry.web.agent_view import AgentView
from registry.web.credential_view import public_credentials_of
from registry.web.history import history_of
from registry.web.sanction_view import public_sanctions_of
from registry.web.similar import similar_names


@require_safe
def agent(request: HttpRequest, name: str) -> HttpResponse:
    """The page carries the status of the answer it shows: 200, 403 held, 404 unknown, 410 ended for good."""
    at = now()
    try:
        served = resolve(name, at=at)
    except InvalidInput as problem:
        return _unknown(request, name, explanation=problem.detail)
    if served.status == HTTPStatus.FORBIDDEN:
        return render(request, "public/agent_held.html", {"name": served.key}, status=served.status)
    if served.status == HTTPStatus.NOT_FOUND:
        return _unknown(request, served.key)
    view = AgentView(served)
    context = {
        "agent": view,
        "history": history_of(view.id),
        "sanctions": public_sanctions_of(view.id, view.organization["id"] if view.organization else None, at),
        "credentials": public_credentials_of(view.id, at),
        "with_curl": verification.with_curl(view.answer_url),
        "with_cli": verification.with_cli(view.question),
        "with_python": verification.with_python(view.answer_url),
    }
    return render(request, "public/agent.html", context, status=served.status)


def _unknown(request: HttpRequest, name: str, *, explanation: str = "") -> HttpResponse:
    context = {"name": name, "explanation": explanation, "similar": similar_names(name, at=now())}
    return render(request, "public/agent_unknown.html", context, status=HTTPStatus.NOT_FOUND)


urlpatterns = [path("a/<path:name>", agent, name="agent")]
