"""Somebody with a browser and nothing else: pages, cookies, forms, links. It speaks HTTP to a running server."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit


@dataclass
class Form:
    action: str
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select: str | None = None
        self._textarea: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(a.get("action", ""), a.get("method", "get").lower())
            self.forms.append(self._open)
        elif self._open is None or not (name := a.get("name") or self._select or ""):
            return
        elif tag == "input" and a.get("type") in {"checkbox", "radio"}:
            self._open.choices.setdefault(name, []).append(a.get("value", "on"))
        elif tag == "input":
            self._open.fields[name] = a.get("value", "")
        elif tag == "textarea":
            self._textarea = name
            self._open.fields[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option":
            self._open.choices.setdefault(name, []).append(a.get("value", ""))
            if "selected" in a or name not in self._open.fields:  # a browser sends the first unless another is chosen
                self._open.fields[name] = a.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._open and self._textarea:
            self._open.fields[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._textarea = None


@dataclass
class Page:
    status: int
    url: str
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)

    def form(self, *, having: str) -> Form:
        """The form on this page that has a field or choice of that name."""
        parser = _Forms()
        parser.feed(self.text)
        for form in parser.forms:
            if having in form.fields or having in form.choices:
                return form
        raise AssertionError(f"no form with {having!r} on {self.url}: {[f.fields.keys() for f in parser.forms]}")


class Visitor:
    """One browser: follows redirects as a GET, keeps cookies, sends what forms hold."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Page:
        return self.request("GET", path)

    def submit(self, page: Page, *, having: str, **values: str | list[str]) -> Page:
        form = page.form(having=having)
        body = urlencode({**form.fields, **values}, doseq=True)
        target = urljoin(page.url, form.action) if form.action else page.url
        if form.method.upper() == "GET":
            return self.get(f"{target.partition('?')[0]}?{body}")
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Referer": page.url}
        return self.request(form.method.upper(), target, body=body, headers=headers)

    def request(self, method: str, path: str, *, body: str = "", headers: dict[str, str] | None = None) -> Page:
        url = urljoin(self.base, path)
        for _ in range(10):
            page = self._once(method, url, body, headers or {})
            if page.status not in {301, 302, 303}:
                return page
            method, url, body, headers = "GET", urljoin(url, page.headers["location"]), "", {}
        raise AssertionError(f"{path} redirects without end")

    def _once(self, method: str, url: str, body: str, headers: dict[str, str]) -> Page:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
        sent = {"Origin": self.base, **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(method, target, body=body.encode() if body else None, headers=sent)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        for cookie in response.headers.get_all("set-cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value
        return Page(response.status, url, {n.lower(): v for n, v in response.getheaders()}, text)


class Program:
    """A program with a service key, or none: JSON in, JSON out."""

    def __init__(self, base: str, key: str = "") -> None:
        self.visitor = Visitor(base)
        self.headers = {"Accept": "application/json"}
        if key:
            self.headers["Authorization"] = f"Bearer {key}"

    def get(self, path: str) -> Page:
        return self.visitor.request("GET", path, headers=self.headers)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Page:
        headers = {**self.headers, "Content-Type": "application/json"}
        return self.visitor.request("POST", path, body=json.dumps(body or {}), headers=headers)
