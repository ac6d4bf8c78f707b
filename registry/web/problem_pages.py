"""The pages for 400, 403, 404, 409 and their like. A 404 never says whether the thing exists for somebody else."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext_lazy as _

from registry.web.preferences import follow_preferences

WORDS: dict[int, tuple[Any, Any]] = {
    400: (_("That request makes no sense to us"), _("Go back, reload the page and try again.")),
    403: (
        _("You may not do this"),
        _("Your role does not include it. An owner of the organization can change that."),
    ),
    404: (
        _("There is nothing here that you can see"),
        _("The address may be mistyped, the thing may be gone, or it may belong to somebody else."),
    ),
    409: (_("That clashes with what already stands"), _("Go back, look at the current state and try again.")),
    410: (_("This has ended"), _("It existed once and was ended for good.")),
    413: (_("That is too large"), _("Send less at a time.")),
    429: (_("Too many requests"), _("Wait a minute, then try again.")),
    503: (_("We cannot answer truthfully right now"), _("Nothing was changed. Try again in a minute.")),
}


def problem_page(request: HttpRequest, *, status: int, detail: str = "") -> HttpResponse:
    """One page for every refusal: what happened, what to do, a way on."""
    follow_preferences(request)
    title, advice = WORDS.get(status, WORDS[400])
    context = {"status": int(status), "problem_title": title, "advice": advice, "detail": detail}
    return render(request, "errors/problem.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_page(request, status=HTTPStatus.BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_page(request, status=HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_page(request, status=HTTPStatus.NOT_FOUND)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: an expired page, or somebody else's site posting to ours (CSRF)."""
    from django.utils.translation import gettext

    sentence = gettext("This form had expired or came from another site. Reload the page and send it again.")
    return problem_page(request, status=HTTPStatus.FORBIDDEN, detail=sentence)


def server_error(request: HttpRequest) -> HttpResponseServerError:
    """Static on purpose: whatever broke must not break this page too."""
    return HttpResponseServerError(loader.get_template("errors/500.html").render({}))
