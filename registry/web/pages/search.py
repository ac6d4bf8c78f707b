"""The search page: words, capabilities, and a next page; each result says in words how far it is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from identity.agents.models import Agent
from identity.primitives.clock import now
from identity.primitives.errors import InvalidInput
from registry.directory.models import Listing
from registry.directory.search import Page, search

TAGS_SHOWN_MAX = 8
SUGGESTIONS = ("browser", "database", "github", "weather")


@dataclass(frozen=True, slots=True)
class Result:
    listing: Listing
    address: str
    shown_name: str
    tags: list[tuple[str, str]]
    """Capability and the address of the same search narrowed by it."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the visitor asked, as the page's address spells it."""

    q: str
    capabilities: list[str]

    def address(self, *, capabilities: Iterable[str] | None = None, after: str | None = None) -> str:
        pairs = [("q", self.q)] * bool(self.q)
        pairs += [("capability", one) for one in (self.capabilities if capabilities is None else capabilities)]
        pairs += [("after", after)] if after else []
        return reverse("search") + (f"?{urlencode(pairs)}" if pairs else "")


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """Results for ``?q=`` and any number of ``?capability=``; a DID leads straight to its agent."""
    question = Question(request.GET.get("q", "").strip(), list(dict.fromkeys(request.GET.getlist("capability"))))
    if question.q.startswith("did:"):
        return HttpResponseRedirect(reverse("agent", args=[question.q]))
    after = request.GET.get("after") or None
    context: dict[str, Any] = {"question": question, "suggestions": SUGGESTIONS}
    try:
        page = search(q=question.q, capabilities=question.capabilities, after=after, at=now())
    except InvalidInput as problem:
        return render(request, "public/search.html", {**context, "problem": problem.detail}, status=400)
    context |= {
        "results": _results(page, question),
        "next_url": question.address(after=page.next_cursor) if page.next_cursor else "",
        "first_url": question.address() if after else "",
        "filters": [
            (one, question.address(capabilities=[other for other in question.capabilities if other != one]))
            for one in question.capabilities
        ],
    }
    return render(request, "public/search.html", context)


def _results(page: Page, question: Question) -> list[Result]:
    nameless = [listing.pk for listing in page.items if not listing.name]
    dids = dict(Agent.objects.filter(pk__in=nameless).values_list("id", "did")) if nameless else {}
    return [_result(listing, listing.name or dids.get(listing.pk, listing.pk), question) for listing in page.items]


def _result(listing: Listing, called: str, question: Question) -> Result:
    tags = [
        (one, question.address(capabilities=[*question.capabilities, one]))
        for one in listing.capabilities[:TAGS_SHOWN_MAX]
        if one not in question.capabilities
    ]
    return Result(listing, reverse("agent", args=[called]), called, tags)


urlpatterns = [path("search", search_page, name="search")]
