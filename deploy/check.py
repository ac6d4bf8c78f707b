"""Every check that needs no running server, one line each; what fails is shown in full. ``make check`` runs this."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable
NO_SERVER = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
# As in production, with secrets that only have the right form.
PRODUCTION = NO_SERVER | {
    "PUBLIC_URL": "https://attorn.example.org",
    "ROOT_ZONE": "agents.example.org",
    "SECRET_KEY": "x7Qp-these-fifty-characters-are-only-for-this-check-9Zr2Lm",
    "MASTER_KEY": "b25seS1mb3ItdGhpcy1jaGVjay0zMi1ieXRlcy14eHg=",
    "TRUST_PROXY": "true",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "SECURITY_CONTACT": "mailto:security@attorn.example.org",
}


@dataclass(frozen=True)
class Check:
    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


CHECKS = [
    Check("lint (ruff)", [str(BIN / "ruff"), "check", "--quiet", "--output-format", "concise", "."]),
    Check("format (ruff)", [str(BIN / "ruff"), "format", "--check", "--output-format", "concise", "."]),
    Check("layers (import-linter)", [str(BIN / "lint-imports"), "--no-cache"]),
    Check("types (mypy)", [str(BIN / "mypy"), "--no-error-summary", "identity", "registry", "reputation"], NO_SERVER),
    Check(
        "deployment (check --deploy)",
        [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        PRODUCTION,
    ),
    Check(
        "migrations (none missing)",
        [PYTHON, "-W", "ignore", "manage.py", "makemigrations", "--check", "--dry-run"],
        NO_SERVER,
    ),
    Check(
        "architecture (sizes, layers, codes, settings)",
        [PYTHON, "-m", "pytest", "-q", "-p", "no:randomly", "tests/architecture", "tests/deploy"],
        NO_SERVER,
    ),
]


def main() -> int:
    failed = [check.name for check in CHECKS if not holds(check)]
    print(f"{len(CHECKS) - len(failed)} checks passed" + (f", failed: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def holds(check: Check) -> bool:
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603
        check.command,
        cwd=ROOT,
        env=os.environ | check.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    passed = done.returncode == 0
    print(f"{'ok  ' if passed else 'FAIL'} {time.monotonic() - began:5.1f} s  {check.name}", flush=True)
    if not passed:
        print(done.stdout + done.stderr, flush=True)
    return passed


if __name__ == "__main__":
    sys.exit(main())
