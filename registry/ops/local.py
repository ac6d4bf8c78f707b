"""One clone's own files under ``var``: the lock that says who runs it, and how its engines are reached."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from registry.ops.engines import start_engines
from registry.ops.output import say
from registry.ops.secrets import local_secrets

ROOT = Path(__file__).resolve().parent.parent.parent
# These look at the code alone; starting a database for them would be for nothing.
WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "help",
    "makemessages",
    "makemigrations",
    "spectacular",
}


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


@contextmanager
def engines_for(command: Sequence[str]) -> Iterator[None]:
    """The clone's own engines and secrets for one command of ``manage.py``, unless the environment names some.

    While ``manage.py up`` runs, the command joins it; else the engines are started for as long as it takes. A clone
    that was never run has none, and the command sees what the environment says.
    """
    var = var_directory()
    wanted = bool(command) and command[0] not in WITHOUT_DATABASE and not command[0].startswith("-")
    if os.environ.get("DATABASE_URL") or not wanted or not (var / "secrets").is_dir():
        yield
        return
    if (instance := running(var)) is not None:
        _adopt(instance.environment)
        yield
        return
    held = claim(var)
    if held is None:  # another command has just begun to start them
        yield
        return
    engines = start_engines(var, durable=True, named=os.environ, say=say)
    try:
        environment = local_secrets(var / "secrets", named=os.environ) | engines.environment
        held.publish(environment)
        _adopt(environment)
        yield
    finally:
        engines.stop()
        held.release()


def _adopt(environment: dict[str, str]) -> None:
    for name, value in environment.items():
        os.environ.setdefault(name, value)
