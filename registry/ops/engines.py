"""The private engines of one clone or one test run: PostgreSQL and Valkey, unless the environment names servers."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from registry.ops.place import Place, Say, choose_place
from registry.ops.postgres import STOP_SECONDS_MAX, start_postgres
from registry.ops.processes import stop
from registry.ops.valkey import start_valkey

_TEST_PREFIX = "attorn-test-"


@dataclass(slots=True)
class Engines:
    """Running engines. ``environment`` is what a process needs to use them; ``cluster`` is a file that is made with the
    private database and never changed."""

    environment: dict[str, str] = field(default_factory=dict)
    cluster: Path | None = None
    postgres: subprocess.Popen[bytes] | None = None
    valkey: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """End them, Valkey first: PostgreSQL holds what matters and closes last."""
        if self.valkey is not None:
            stop(self.valkey, with_signal=signal.SIGTERM, grace_seconds=10)
        if self.postgres is not None:
            stop(self.postgres, with_signal=signal.SIGINT, grace_seconds=STOP_SECONDS_MAX)

    def died(self) -> str | None:
        """The name of an engine that has ended by itself."""
        for name, process in (("PostgreSQL", self.postgres), ("Valkey", self.valkey)):
            if process is not None and process.poll() is not None:
                return name
        return None


def start_engines(root: Path, *, durable: bool, named: Mapping[str, str], say: Say) -> Engines:
    """Start whichever engine ``named`` (the environment) does not name a server for, with its data below ``root``.

    The caller holds a lock on ``root``. Raises EngineFault with a sentence for the person at the terminal.
    """
    engines = Engines()
    if named.get("DATABASE_URL") and named.get("REDIS_URL"):
        return engines
    place = choose_place(root, say=say)
    try:
        if not named.get("DATABASE_URL"):
            engines.postgres, engines.environment["DATABASE_URL"] = start_postgres(place, durable=durable, say=say)
            engines.cluster = place.root / "postgres" / "PG_VERSION"
        if not named.get("REDIS_URL"):
            engines.valkey, engines.environment["REDIS_URL"] = start_valkey(place, durable=durable)
    except BaseException:
        engines.stop()
        raise
    return engines


@dataclass(slots=True)
class EngineRun:
    """Engines of one test run, in a directory of their own that goes with them."""

    engines: Engines
    directory: Path
    lock: IO[str]

    def stop(self) -> None:
        self.engines.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
        self.lock.close()


def start_test_engines(*, durable: bool = False) -> EngineRun:
    """Fast engines for one test run; several runs at the same time never meet. ``durable`` ones wait for the disk."""
    sweep_abandoned()
    directory = Path(tempfile.mkdtemp(prefix=_TEST_PREFIX))
    directory.chmod(0o755)
    lock = _locked(directory)
    if lock is None:
        raise RuntimeError(f"{directory} was locked by another process the moment it was made")
    try:
        engines = start_engines(directory, durable=durable, named=os.environ, say=lambda _: None)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    return EngineRun(engines, directory, lock)


def sweep_abandoned() -> None:
    """Remove the directories of test runs that were killed before they could tidy up."""
    for directory in Path(tempfile.gettempdir()).glob(f"{_TEST_PREFIX}*"):
        with suppress(OSError):
            if directory.stat().st_uid != os.geteuid() or not (directory / "lock").exists():
                continue
            if (lock := _locked(directory)) is not None:
                shutil.rmtree(directory, ignore_errors=True)
                lock.close()


def _locked(directory: Path) -> IO[str] | None:
    lock = (directory / "lock").open("a", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return None
    return lock


__all__ = ["EngineRun", "Engines", "Place", "start_engines", "start_test_engines", "sweep_abandoned"]
