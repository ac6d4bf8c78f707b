"""The verify page in a real browser: with the camera, with a picture, and without any script."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from identity.agents.models import Agent
from identity.credentials.issue import issue_credential
from identity.credentials.models import Credential
from identity.journal.actor import system
from tests.browser.test_accessibility import AXE, findings

if TYPE_CHECKING:
    from playwright.sync_api import Page

# A camera that shows something moving, and a reader that finds ``text`` in it: what a browser on a phone brings along.
CAMERA = """
globalThis.BarcodeDetector = class { async detect(what) { return %s; } };
const canvas = document.createElement("canvas");
setInterval(() => canvas.getContext("2d")?.fillRect(0, 0, Math.random() * 99, 9), 50);
Object.defineProperty(navigator, "mediaDevices", { value: { getUserMedia: async () => canvas.captureStream(10) } });
"""


@pytest.fixture
def issued(concierge: Agent, at: datetime) -> Credential:
    return issue_credential(agent=concierge, actor=system("tests"), at=at)


def white_png() -> bytes:
    """One white pixel (PNG, third edition, section 5)."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes([0, 255]))), chunk(b"IEND", b"")]
    return b"".join([bytes.fromhex("89504e470d0a1a0a"), *parts])


def test_it_verifies_without_script(open_page: Callable[..., Page], issued: Credential) -> None:
    page = open_page(script=False)
    page.goto("/verify")
    assert not page.get_by_role("button", name="Scan a QR code").is_visible()
    page.get_by_label("Credential or presentation").fill(issued.text)
    page.get_by_role("button", name="Verify", exact=True).click()
    assert page.get_by_role("heading", name="It holds").is_visible()


def test_it_scans_a_code_with_the_camera(open_page: Callable[..., Page], issued: Credential) -> None:
    page = open_page()
    page.add_init_script(CAMERA % json.dumps([{"rawValue": issued.text}]))
    page.goto("/verify")
    page.get_by_role("button", name="Scan a QR code").click()
    page.get_by_role("heading", name="It holds").wait_for()


def test_it_stops_the_camera_when_told(open_page: Callable[..., Page], live_server: object) -> None:
    page = open_page()
    page.add_init_script(CAMERA % "[]")
    page.goto("/verify")
    page.get_by_role("button", name="Scan a QR code").click()
    page.get_by_text("Hold the code in front").wait_for()
    assert page.locator("video").is_visible()
    page.get_by_role("button", name="Stop the camera").click()
    assert not page.locator("video").is_visible()
    assert page.evaluate("document.querySelector('video').srcObject.getTracks()[0].readyState") == "ended"


def test_it_says_so_when_there_is_no_camera(open_page: Callable[..., Page], live_server: object) -> None:
    page = open_page()
    page.add_init_script("globalThis.BarcodeDetector = class {};")
    page.goto("/verify")
    page.get_by_role("button", name="Scan a QR code").click()
    page.get_by_text("The camera may not be used").wait_for()


def test_it_reads_a_picture_on_this_machine(open_page: Callable[..., Page], issued: Credential) -> None:
    page = open_page()
    page.add_init_script(CAMERA % json.dumps([{"rawValue": issued.text}]))
    page.goto("/verify")
    picture = {"name": "code.png", "mimeType": "image/png", "buffer": white_png()}
    page.get_by_label("Or a file").set_input_files([picture])
    page.get_by_role("heading", name="It holds").wait_for()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("outcome", ["empty", "good", "bad"])
def test_it_passes_axe_with_every_outcome(open_page: Callable[..., Page], issued: Credential, outcome: str) -> None:
    page = open_page()
    page.goto("/verify")
    if outcome != "empty":
        text = issued.text if outcome == "good" else issued.text.replace("Concierge", "Mallory")
        page.get_by_label("Credential or presentation").fill(text)
        page.get_by_role("button", name="Verify", exact=True).click()
        page.locator("#result").wait_for()
    page.evaluate(AXE)
    for theme in ("light", "dark"):
        for width in (1280, 375):
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": 900})
            assert findings(page) == [], (theme, width)
