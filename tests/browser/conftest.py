"""A real Chromium, driven through Playwright, against the real pages.

These tests are skipped where there is no Chromium; ``CHROMIUM`` names one that is not on the path.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from tests.page_fixtures import concierge, concierge_name, signed_in, suspend_concierge, unclaimed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["concierge", "concierge_name", "signed_in", "suspend_concierge", "unclaimed"]

HOW_TO_GET_IT = (
    "no Chromium here: install it (on Debian: apt-get install chromium) or set CHROMIUM to one, then run again"
)
# Without the network flags Chromium looks its maker's hosts up at every start.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TIMEOUT_MS = 20_000
POLICY = "Content Security Policy"


def chromium() -> str | None:
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    return found if found and os.path.isfile(found) and os.access(found, os.X_OK) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    absent = chromium() is None
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            if absent:
                item.add_marker(pytest.mark.skip(reason=HOW_TO_GET_IT))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, which Django takes for an asynchronous program.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield opened
        opened.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(autouse=True)
def nothing_held(settings: Any) -> None:
    """Pages that follow approvals are answered at once: a held answer would outlive its test."""
    settings.LIVE_HELD_MAX = 0


@pytest.fixture
def open_page(browser: Browser, live_server: Any, signed_in: Callable[..., Any]) -> Iterator[Callable[..., Page]]:
    """Open a window: ``open_page(width=375, theme="dark", user=alice)``.

    At the end of the test nothing may have been refused by the content security policy, nor have failed in script.
    """
    complaints: list[str] = []
    contexts = []

    def open_one(*, width: int = 1280, theme: str = "light", user: Any = None, script: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,  # type: ignore[arg-type]
            base_url=live_server.url,
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        if user is not None:
            cookie = signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None
        )
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []
