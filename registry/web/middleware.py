"""Headers that every page carries, and pages for refusals that a view did not word itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from identity.accounts.clock_face import show_clock
from identity.primitives import errors
from registry.web.preferences import follow_preferences
from registry.web.problem_pages import problem_page

P = ParamSpec("P")
Policy = Mapping[str, Sequence[str]]
CSP_HEADER = "Content-Security-Policy"

STATUS_BY_ERROR: dict[type[errors.AttornError], HTTPStatus] = {
    errors.InvalidInput: HTTPStatus.BAD_REQUEST,
    errors.Unauthenticated: HTTPStatus.FORBIDDEN,
    errors.NotPermitted: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.Gone: HTTPStatus.GONE,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


def policy_header(policy: Policy) -> str:
    """The header's value for a policy in the form of Django 6's ``SECURE_CSP`` setting."""
    return "; ".join(" ".join([directive, *sources]) for directive, sources in policy.items())


class SecurityHeaders:
    """Send ``settings.SECURE_CSP`` (the name and form Django 6 uses) and ``settings.SECURE_HEADERS``.

    The policy stops injected markup from running script, loading anything from elsewhere, being framed
    (clickjacking) or posting a form to somebody else's site.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.policy = policy_header(settings.SECURE_CSP)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        own = getattr(response, "_csp_policy", None)
        response.headers.setdefault(CSP_HEADER, policy_header(own) if own else self.policy)
        for name, value in settings.SECURE_HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def csp_policy(**directives: Sequence[str]) -> Callable[[Callable[P, HttpResponseBase]], Callable[P, HttpResponseBase]]:
    """Replace directives of the policy for one view: ``@csp_policy(style_src=["'self'", "'unsafe-inline'"])``."""
    changed = {name.replace("_", "-"): list(sources) for name, sources in directives.items()}

    def decorate(view: Callable[P, HttpResponseBase]) -> Callable[P, HttpResponseBase]:
        @wraps(view)
        def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            response: Any = view(*args, **kwargs)
            response._csp_policy = {**settings.SECURE_CSP, **changed}
            return response  # type: ignore[no-any-return]

        return wrapped

    return decorate


class Preferences:
    """``follow_preferences`` for every page, and plain English in UTC for every program."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Says to caches that the page depends on the cookies too: one reader's language is not the next one's."""
        timezone.deactivate()
        show_clock("")
        try:
            response = self.get_response(request)
        finally:
            timezone.deactivate()
            show_clock("")
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["Cookie"])
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if answers_programs(request):
            translation.activate(settings.LANGUAGE_CODE)
        else:
            follow_preferences(request)


class ProblemPages:
    """Turn a refusal that reached the top of a page's view into a page with the right status and its sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Stops U+0000, which PostgreSQL cannot hold, from reaching a query of a page: no path here has it."""
        if answers_programs(request) or "\0" not in request.path:
            return None
        return problem_page(request, status=HTTPStatus.NOT_FOUND, detail="")

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, errors.AttornError) or answers_programs(request):
            return None
        status = next(s for kind, s in STATUS_BY_ERROR.items() if isinstance(exception, kind))
        detail = "" if status == HTTPStatus.NOT_FOUND else exception.detail
        return problem_page(request, status=status, detail=detail)


def answers_programs(request: HttpRequest) -> bool:
    """Whether the address belongs to the API, which words its refusals as problem documents itself. Not for its pages
    that people read: a view says so by ``is_page``."""
    view = getattr(request.resolver_match, "func", None)
    if getattr(view, "is_page", False):
        return False
    return getattr(view, "__module__", "").startswith(("registry.api", "registry.ops"))
