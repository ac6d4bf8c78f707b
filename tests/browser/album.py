"""The pictures of every page: taken at two widths in both themes, kept small, listed in one index."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.pictures import made_small

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

WIDTHS = {1280: (860, 0.75), 375: (760, 1)}
"""How wide a window is, how high at least, and how many pixels of the picture one of the page becomes."""
HEIGHT_MAX = 1_200
"""What is further down is cut off: a long list looks the same there."""
THEMES = ("light", "dark")
ID = re.compile(r"^(?:[a-z]{3}_[0-9a-z]{26}|did:.*|[A-Za-z0-9_-]{20,})$")
ROW = re.compile(r"^\| (?P<told>.*) \| \[light\]\((?P<stem>[a-z0-9-]+)-1280-light\.png\)")
SECTIONS = {
    "public": "For everybody",
    "account": "Signing in, and one's account",
    "first": "The first minutes",
    "console": "The console",
    "approve": "Answering for a purchase",
    "desk": "The operators' desk",
    "state": "Paused, empty, refused",
}
STATES = ("first", "state")
"""Sections that show one page more than once: their names say in which state it is."""
HEAD = """# Every page, as it looks

Each page of Attorn at 1280 and at 375 pixels, in light and in dark, on the data that the tests lay out. `make screens`
takes them all again, and writes this list (it needs Chromium). The wide ones are drawn at three quarters of
their size, and long pages are cut off at {height} pixels.

![The cards of an organization: what each agent may do, has used and still can](console-delegations-1280-light.png)

![A question on the phone](approve-pending-375-light.png) ![The same at night](approve-pending-375-dark.png)
"""


_IN_PLACE = """() => {
  document.querySelector('.side-links [aria-current]')?.scrollIntoView({inline: 'center', block: 'nearest'});
  const place = location.hash && document.querySelector(location.hash);
  if (place) place.scrollIntoView({block: 'center'}); else window.scrollTo(0, 0);
}"""
"""The current section in sight, and of a long page its top, or what the address points to."""


@dataclass
class Album:
    folder: Path
    pages: dict[str, dict[str, str]] = field(default_factory=dict)
    """By section: the file names' beginning of each page, and what the page calls itself."""
    before: dict[str, dict[str, str]] = field(default_factory=dict)
    """The same of pictures that were taken another time, and stay."""
    only: str = ""
    """A pattern: of the pages that have pictures, none but those whose file names it finds are taken again."""

    def take(self, page: Page, workbench: Page, section: str, address: str, *, name: str = "") -> None:
        """Four pictures of what stands at ``address``. Raises AssertionError for a page that went wrong."""
        stem = self._next_stem(section, name or name_of(address))
        if stem in self.before.get(section, {}) and not re.search(self.only, stem):
            self.pages.setdefault(section, {})[stem] = self.before[section][stem]
            return
        page.goto("about:blank")  # the same address once more, with a place in it, would load nothing
        answer = page.goto(address)
        assert answer is not None
        assert answer.status < 500, address
        self.look(page, workbench, section, name or name_of(address))

    def look(self, page: Page, workbench: Page, section: str, name: str) -> None:
        """Four pictures of what the window shows now."""
        stem, taken = self._next_stem(section, name), self.pages.setdefault(section, {})
        taken[stem] = f"{called(page)} ({name.replace('-', ' ')})" if section in STATES else called(page)
        window = page.context.new_cdp_session(page)
        for width, (height, scale) in WIDTHS.items():
            _resize(window, width, height, scale)
            whole = min(int(page.evaluate("document.documentElement.scrollHeight")), HEIGHT_MAX)
            # The window is made as high as the page, so that what sticks to its edge does not cover anything.
            _resize(window, width, max(whole, height), scale)
            page.evaluate(_IN_PLACE)
            for theme in THEMES:
                page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                page.evaluate("document.fonts.ready")
                png = window.send("Page.captureScreenshot", {"format": "png"})["data"]
                (self.folder / f"{stem}-{width}-{theme}.png").write_bytes(made_small(png, workbench=workbench))
        window.detach()

    def _next_stem(self, section: str, name: str) -> str:
        return next(each for each in _stems(f"{section}-{name}") if each not in self.pages.get(section, {}))

    def write_index(self) -> None:
        lines = [HEAD.format(height=HEIGHT_MAX)]
        for section, words in SECTIONS.items():
            if pages := self.before.get(section, {}) | self.pages.get(section, {}):
                lines.append(f"## {words}\n\n| page | 1280 px | 375 px |\n|---|---|---|")
                lines += [f"| {told} | {links(stem, 1280)} | {links(stem, 375)} |" for stem, told in pages.items()]
                lines.append("")
        (self.folder / "README.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


@contextmanager
def album_in(folder: Path, *, is_part: bool = False, only: str = "") -> Iterator[Album]:
    """An empty album; its index is written when all pictures were taken. When only a part of them is taken, the others
    stay as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    album = Album(folder, before=_listed(folder) if is_part else {}, only=only)
    for old in folder.glob("*.png") if not is_part else ():
        old.unlink()
    yield album
    album.write_index()


def _listed(folder: Path) -> dict[str, dict[str, str]]:
    """What the index in ``folder`` lists, by section."""
    index, sections = folder / "README.md", {words: section for section, words in SECTIONS.items()}
    found: dict[str, dict[str, str]] = {}
    section = ""
    for line in index.read_text(encoding="utf-8").splitlines() if index.exists() else ():
        section = sections.get(line.removeprefix("## "), section)
        if row := ROW.match(line):
            found.setdefault(section, {})[row["stem"]] = row["told"]
    return found


def _resize(window: CDPSession, width: int, height: int, scale: float) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
    window.send("Emulation.setDeviceMetricsOverride", metrics)


def _stems(stem: str) -> Iterator[str]:
    """What a page may be called in the folder: two addresses may differ in their ids only."""
    yield stem
    yield from (f"{stem}-{number}" for number in itertools.count(2))


def name_of(address: str) -> str:
    """``agents-one-edit`` for ``/console/org_…/agents/agt_…/edit/``: the same at every run."""
    path, _, query = address.partition("?")
    parts = ["one" if ID.match(part) else part for part in path.strip("/").split("/")]
    if parts[0] in ("console", "desk", "accounts"):
        parts = parts[2:] if parts[1:2] == ["one"] and parts[0] == "console" else parts[1:]
    said = [word for word in re.split(r"[^a-z0-9]+", query.lower()) if word and not ID.match(word)]
    return "-".join(re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in [*parts, *said]).strip("-")


def called(page: Page) -> str:
    headings = page.locator("h1:visible")
    words = headings.first.inner_text() if headings.count() else page.title()
    return " ".join(words.split()).replace("|", "\\|")


def links(stem: str, width: int) -> str:
    return " · ".join(f"[{theme}]({stem}-{width}-{theme}.png)" for theme in THEMES)
