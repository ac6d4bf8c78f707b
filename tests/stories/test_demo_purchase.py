"""The example that the README runs, against the demo as a start makes it."""

from __future__ import annotations

import json
import runpy
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command

from registry.client import Money
from registry.directory import demo

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "buy_a_night.py"

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_buys_is_asked_about_and_is_refused(
    live_server: Any, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUBLIC_URL, settings.PUBLIC_HOST = live_server.url, urlsplit(live_server.url).netloc
    settings.VAR_DIR = tmp_path
    monkeypatch.setenv("DEMO_PASSWORD", "correct horse battery staple")
    monkeypatch.setattr(demo, "DIRECTORY_COPY", tmp_path / "empty.json")
    (tmp_path / "empty.json").write_text("[]")
    call_command("demo_data", stdout=StringIO())
    facts = json.loads((tmp_path / "demo" / "spending.json").read_text())
    buy = runpy.run_path(str(EXAMPLE))["buy"]
    assert buy(live_server.url, facts, Money(5_900, "EUR")).startswith("captured 5900 cents under aut_")
    assert f"{live_server.url}/approve/apr_" in buy(live_server.url, facts, Money(9_000, "EUR"))
    assert buy(live_server.url, facts, Money(70_000, "EUR")).startswith("declined: limit_exceeded")
