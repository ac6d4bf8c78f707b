from __future__ import annotations

import subprocess
import sys

import pytest
from pytest_django import Settings

from registry.ops import checks
from registry.settings.env import INSECURE_MASTER_KEY, INSECURE_SECRET_KEY
from tests.architecture.sources import ROOT


def ids(found: list[checks.CheckMessage]) -> set[str | None]:
    return {message.id for message in found}


def test_it_refuses_the_public_default_secrets(settings: Settings) -> None:
    settings.SECRET_KEY, settings.MASTER_KEY = INSECURE_SECRET_KEY, INSECURE_MASTER_KEY
    assert ids(checks.secrets_are_our_own()) == {"attorn.E002", "attorn.E003"}
    settings.SECRET_KEY, settings.MASTER_KEY = "x" * 50, "y" * 44
    assert checks.secrets_are_our_own() == []


@pytest.mark.parametrize("key", ["", "not base64!", "c2hvcnQ="])
def test_it_refuses_a_master_key_of_another_form(settings: Settings, key: str) -> None:
    settings.MASTER_KEY = key
    assert ids(checks.master_key_has_form()) == {"attorn.E001"}


@pytest.mark.parametrize(
    ("url", "code"),
    [("http://attorn.example.org", "attorn.E004"), ("https://attorn.example.org/registry", "attorn.E005")],
)
def test_it_refuses_an_address_that_no_did_can_stand_on(settings: Settings, url: str, code: str) -> None:
    settings.PUBLIC_URL, settings.ROOT_ZONE = url, "agents.example.org"
    assert ids(checks.address_is_public()) == {code}


def test_it_refuses_the_demo(settings: Settings) -> None:
    settings.DEMO = True
    assert "attorn.E006" in ids(checks.nothing_of_the_demo())


def test_it_does_not_even_start_on_https_with_the_public_secrets() -> None:
    started = subprocess.run(
        [sys.executable, "-c", "import registry.settings"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PUBLIC_URL": "https://attorn.example.org", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode != 0
    assert "needs SECRET_KEY and MASTER_KEY of its own" in started.stderr
