"""What the settings become by the public address alone, read in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import ROOT

READ = """
import json, registry.settings as s
print(json.dumps({name: getattr(s, name) for name in (
    "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS",
    "SECURE_PROXY_SSL_HEADER", "ALLOWED_HOSTS", "SESSION_COOKIE_NAME", "SECRET_KEY", "DEBUG",
    "CELERY_BROKER_URL", "CELERY_ACCEPT_CONTENT")} | {"HOST": s.DATABASES["default"]["HOST"]}))
"""


def settings_with(**environment: str) -> dict[str, object]:
    read = subprocess.run(
        [sys.executable, "-c", READ],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(read.stdout))


def test_it_works_on_plain_localhost() -> None:
    found = settings_with()
    assert (found["SESSION_COOKIE_SECURE"], found["CSRF_COOKIE_SECURE"], found["SECURE_SSL_REDIRECT"]) == (
        False,
        False,
        False,
    )
    assert found["SECURE_HSTS_SECONDS"] == 0
    assert found["DEBUG"] is False


def test_it_turns_every_protection_on_with_https(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("from-a-file\n", encoding="utf-8")
    found = settings_with(
        PUBLIC_URL="https://attorn.example.org/",
        SECRET_KEY_FILE=str(tmp_path / "secret_key"),
        MASTER_KEY="b25seS1mb3ItdGhpcy1jaGVjay0zMi1ieXRlcy14eHg=",
        TRUST_PROXY="true",
    )
    assert (found["SESSION_COOKIE_SECURE"], found["CSRF_COOKIE_SECURE"], found["SECURE_SSL_REDIRECT"]) == (
        True,
        True,
        True,
    )
    assert str(found["SESSION_COOKIE_NAME"]).startswith("__Host-")
    assert found["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]
    assert found["ALLOWED_HOSTS"] == ["attorn.example.org", "localhost", "127.0.0.1", "[::1]"]
    assert found["SECRET_KEY"] == "from-a-file"


def test_it_believes_no_proxy_unless_told() -> None:
    assert settings_with()["SECURE_PROXY_SSL_HEADER"] is None


def test_it_takes_engines_on_unix_sockets() -> None:
    found = settings_with(
        DATABASE_URL="postgres://postgres@/attorn?host=/run/a&port=5432", REDIS_URL="unix:///run/v?db=3"
    )
    assert found["HOST"] == "/run/a"
    assert found["CELERY_BROKER_URL"] == "redis+socket:///run/v?virtual_host=3"


def test_it_takes_json_from_the_broker_and_nothing_that_runs() -> None:
    assert settings_with()["CELERY_ACCEPT_CONTENT"] == ["json"]
