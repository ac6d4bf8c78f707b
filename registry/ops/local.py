"""One clone's own files under ``var``: the lock that says who runs it, and how its engines are reached."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent.parent


def var_directory() -> Path:
    return Path(os.environ.get("ATTORN_VAR_DIR") or ROOT / "var")


@dataclass(slots=True)
class Claim:
    """The right to run this clone's engines; the kernel gives it back when the process ends, however it ends."""

    file: IO[str]

    def publish(self, environment: dict[str, str]) -> None:
        """Tell commands started later how to reach what runs."""
        self.file.seek(0)
        self.file.truncate()
        json.dump({"pid": os.getpid(), "environment": environment}, self.file)
        self.file.flush()

    def release(self) -> None:
        self.file.seek(0)
        self.file.truncate()
        self.file.close()


def claim(var: Path) -> Claim | None:
    """The claim on this clone, or None while another process holds it."""
    var.mkdir(parents=True, exist_ok=True)
    path = var / "running"
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return Claim(file)


def use_what_runs() -> None:
    """Let a command typed beside a running instance use its engines and secrets, unless the environment names some."""
    if os.environ.get("DATABASE_URL"):
        return
    if (instance := running(var_directory())) is not None:
        for name, value in instance.environment.items():
            os.environ.setdefault(name, value)


@dataclass(frozen=True, slots=True)
class Running:
    """The instance that runs from this clone."""

    pid: int
    environment: dict[str, str]


def running(var: Path) -> Running | None:
    """The instance that runs from this clone now, as far as it has published how it is reached."""
    path = var / "running"
    if not path.is_file():
        return None
    if (unclaimed := claim(var)) is not None:  # the note of one that was killed
        unclaimed.release()
        return None
    with suppress(OSError, ValueError, KeyError):
        note = json.loads(path.read_text(encoding="utf-8"))
        return Running(int(note["pid"]), dict(note["environment"]))
    return None
