"""Keeps public answers public on their way out of Django."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase


class PublicAnswers:
    """Take off what the page middlewares add to every response. An answer is the same for every language, cookie and
    origin; a ``Vary`` would make each cache keep it many times over or not at all. The view says by ``varies_by`` on
    its response that it is public, and what it truly varies by (mostly nothing)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        varies_by = getattr(response, "varies_by", None)
        if varies_by is not None:
            for name in ("Vary", "Content-Language"):
                response.headers.pop(name, None)
            if varies_by:
                response.headers["Vary"] = varies_by
        return response
