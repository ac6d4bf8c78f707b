"""The command line as a person meets it: arguments in, text and an exit code out, against a live registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from registry.cli.main import main


@dataclass(frozen=True)
class Ran:
    """One run of ``attorn``."""

    exit_code: int
    out: str
    err: str


Attorn = Callable[..., Ran]


@pytest.fixture
def attorn(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Attorn:
    """Runs ``attorn`` in an empty folder, without whatever the environment of the tests says."""
    for name in ("ATTORN_URL", "ATTORN_KEY", "ATTORN_KEY_FILE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Ran:
        try:
            exit_code = main(list(arguments))
        except SystemExit as stop:
            exit_code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return Ran(exit_code, out, err)

    return run


@pytest.fixture
def registry(live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch, attorn: Attorn) -> str:
    """The address of a running registry that knows its own address, and is the default of the command line."""
    url = live_server.url
    settings.PUBLIC_URL, settings.PUBLIC_HOST = url, urlsplit(url).netloc
    settings.REDIS_PREFIX = f"test-{uuid4().hex}:"
    monkeypatch.setenv("ATTORN_URL", url)
    return str(url)


@pytest.fixture
def service_key(registry: str, acme: Any, alice: Any, at: datetime, monkeypatch: pytest.MonkeyPatch) -> str:
    """Acme holds the zone ``acme``, and Alice's program has every scope; its key is in ATTORN_KEY."""
    from identity.accounts.service_keys import SCOPES, create_service_key
    from identity.journal.actor import Actor, ActorKind
    from registry.directory.zones import create_zone

    actor = Actor(ActorKind.USER, alice.pk)
    create_zone(organization=acme, label="acme", actor=actor, at=at)
    _, secret = create_service_key(
        organization=acme, name="CI", scopes=list(SCOPES), expires_at=None, actor=actor, at=at, created_by=alice
    )
    monkeypatch.setenv("ATTORN_KEY", secret)
    return secret


@pytest.fixture
def concierge(attorn: Attorn, service_key: str) -> Ran:
    """``concierge.acme``, registered by the command line with the key in ``concierge.pem``."""
    ran = attorn(
        "register", "concierge.acme", "--key-file", "concierge.pem", "--display-name", "Concierge",
        "--description", "Books tables and taxis", "--capability", "booking",
    )  # fmt: skip
    assert ran.exit_code == 0, ran.err
    return ran
