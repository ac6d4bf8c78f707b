"""The operators' first page: what waits for somebody, the gravest and oldest first."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from identity.accounts.models import User
from identity.primitives.clock import now
from registry.web.desk import desk_page
from registry.web.desk_view_queue import SHOWN, after, cases_shown, cursor_of, matching, rows_of

CASES_PER_PAGE = 25
SEARCH_LENGTH_MAX = 300


@desk_page
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """``?show=`` is the tab, ``?q=`` what to look for, ``?after=`` where the page before ended."""
    tabs = [value for value, _words in SHOWN]
    shown = request.GET.get("show", "")
    shown = shown if shown in tabs else tabs[0]
    words, cursor = request.GET.get("q", "").strip()[:SEARCH_LENGTH_MAX], request.GET.get("after", "")
    cases = cases_shown(shown, operator=cast(User, request.user))
    cases = matching(cases, words) if words else cases
    found = list((after(cases, shown, cursor) if cursor else cases)[: CASES_PER_PAGE + 1])
    listed = found[:CASES_PER_PAGE]
    context = {
        "tabs": SHOWN,
        "shown": shown,
        "words": words,
        "rows": rows_of(listed, at=now()),
        "first_url": _address(shown, words) if cursor else "",
        "next_url": _address(shown, words, cursor_of(listed[-1])) if len(found) > CASES_PER_PAGE else "",
    }
    return render(request, "desk/queue.html", context)


def _address(shown: str, words: str, cursor: str = "") -> str:
    asked = {"show": shown, "q": words, "after": cursor}
    return "?" + urlencode({name: value for name, value in asked.items() if value})


urlpatterns = [path("desk/", queue, name="desk_queue")]
