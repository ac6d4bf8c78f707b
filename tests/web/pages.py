"""Every page of the product, found in the URL configuration, so that no test forgets one that is added later."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from django.urls import URLPattern, URLResolver, get_resolver

PLACEHOLDER = re.compile(r"<(?:[a-z_]+:)?([a-z_]+)>")


def routes(prefix: str) -> Iterator[tuple[str, str]]:
    """(route, URL name) of every page whose route begins with ``prefix``."""
    yield from ((route, name) for route, name in _walk(get_resolver().url_patterns, "") if route.startswith(prefix))


def fill(route: str, values: Mapping[str, str]) -> str:
    """The address of ``route`` with ``values`` in its places; a place nobody has a value for gets ``unknown``."""
    return "/" + PLACEHOLDER.sub(lambda place: values.get(place[1], "unknown"), route)


def _walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route, str(pattern.name)


def without_tokens(html: str) -> str:
    """The page without what differs at every request."""
    return re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]*', r"\1", html)


def inline_code(html: str) -> list[str]:
    """Everything in the page that the content security policy would refuse: inline script, style and handlers."""
    scripts = [
        tag for tag in re.findall(r"<script\b[^>]*>", html) if " src=" not in tag and "application/json" not in tag
    ]
    inside = re.sub(r"(?s)<(script|style)\b.*?</\1>", "", html)
    attributes = re.findall(r"<[a-z][^>]*?\s(?:style|on[a-z]+)\s*=[^>]*>", inside)
    return [*scripts, *re.findall(r"<style\b[^>]*>", html), *attributes, *re.findall(r"javascript:[^\"']*", html)]
