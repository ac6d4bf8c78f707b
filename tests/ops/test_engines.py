"""Private engines for real: started, used, crashed, started again, and gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from registry.ops import engines as engines_module
from registry.ops.engines import start_engines, start_test_engines, sweep_abandoned
from registry.ops.place import Place, own
from registry.ops.postgres import clear_stale_lock
from registry.ops.processes import is_alive, spawn, stop

pytestmark = pytest.mark.slow


@pytest.fixture
def root() -> Iterator[Path]:
    """Reachable for the engines' account when the suite runs as root, which pytest's own directories are not."""
    directory = Path(tempfile.mkdtemp(prefix="attorn-engines-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


def test_it_starts_survives_a_crash_and_keeps_what_was_committed(root: Path) -> None:
    said: list[str] = []
    first = start_engines(root, durable=True, named={}, say=said.append)
    assert first.postgres is not None
    assert first.valkey is not None
    with psycopg.connect(first.environment["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'so it is' AS words")
    first.postgres.send_signal(signal.SIGKILL)
    first.valkey.send_signal(signal.SIGKILL)
    assert first.postgres.wait(10) == -signal.SIGKILL
    assert first.valkey.wait(10) == -signal.SIGKILL

    second = start_engines(root, durable=True, named={}, say=said.append)
    try:
        with psycopg.connect(second.environment["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT words FROM kept").fetchone() == ("so it is",)
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        with redis.from_url(second.environment["REDIS_URL"]) as client:
            assert client.ping()
    finally:
        second.stop()
    assert second.postgres is not None
    assert not is_alive(second.postgres.pid)
    assert said == ["Making the database cluster"]


def test_it_starts_nothing_that_the_environment_names(tmp_path: Path) -> None:
    named = {"DATABASE_URL": "postgres://elsewhere/attorn", "REDIS_URL": "redis://elsewhere"}
    running = start_engines(tmp_path / "var", durable=True, named=named, say=print)
    assert (running.postgres, running.valkey, running.environment) == (None, None, {})


def test_it_gives_a_test_run_a_place_of_its_own_and_takes_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    run = start_test_engines()
    try:
        assert run.directory.is_dir()
        with psycopg.connect(run.engines.environment["DATABASE_URL"]) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        sweep_abandoned()
        assert run.directory.is_dir()  # another run's sweep leaves it alone while it is in use
    finally:
        run.stop()
    assert not run.directory.exists()


def test_it_sweeps_what_a_killed_run_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines_module.tempfile, "gettempdir", lambda: str(tmp_path))
    left = tmp_path / "attorn-test-left"
    left.mkdir()
    (left / "lock").touch()
    unfinished = tmp_path / "attorn-test-just-made"
    unfinished.mkdir()
    sweep_abandoned()
    assert not left.exists()
    assert unfinished.exists()


def test_it_drops_the_lock_file_of_a_dead_server_whose_id_is_taken(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path}\n", encoding="utf-8")
    clear_stale_lock(tmp_path)
    assert not (tmp_path / "postmaster.pid").exists()


# As a postmaster does, it sets its own handler: a shell that is started with SIGINT ignored, as everything is that a
# script starts in the background, could not.
_ENDS_WHEN_INTERRUPTED = """
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""


def test_it_waits_for_an_orphan_that_still_runs_on_the_data(tmp_path: Path) -> None:
    orphan = spawn([sys.executable, "-c", _ENDS_WHEN_INTERRUPTED, tmp_path], output=-1)
    assert orphan.stdout is not None
    assert orphan.stdout.readline() == b"ready\n"
    (tmp_path / "postmaster.pid").write_text(f"{orphan.pid}\n", encoding="utf-8")
    clear_stale_lock(tmp_path)
    assert not is_alive(orphan.pid)
    orphan.wait(5)
    orphan.stdout.close()


def test_it_stops_a_child_that_does_not_listen_and_what_it_started() -> None:
    child = spawn(["/bin/sh", "-c", "trap '' TERM; sleep 300 & echo $! ; wait; sleep 300"], output=-1)
    assert child.stdout is not None
    grandchild = int(child.stdout.readline())
    assert stop(child, with_signal=signal.SIGTERM, grace_seconds=0.3) is False
    deadline = time.monotonic() + 5
    while is_alive(grandchild) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(grandchild)
    child.stdout.close()


def test_it_finds_a_short_place_for_sockets_and_finds_it_again(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    place = Place(deep, None)
    sockets = place.sockets()
    assert len(str(sockets)) < 85
    assert sockets.stat().st_mode & 0o777 == 0o700
    assert place.sockets() == sockets
    sockets.rmdir()


def test_it_keeps_engine_directories_to_their_account(tmp_path: Path) -> None:
    directory = Place(tmp_path, None).make("postgres")
    assert directory.stat().st_mode & 0o777 == 0o700
    own(directory, None)
    assert directory.stat().st_uid == os.geteuid()
