"""Several processes of one command on one port."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from typing import Any

from django.core.management.base import CommandError

from registry.resolution.resolver import bind

STOP_SECONDS = 10
POLL_SECONDS = 0.1


def bind_one_of(name: str, *, host: str, port: int, processes: int, is_shared: bool) -> socket.socket:
    """The socket that this process serves on. One that is to be several starts them instead and exits when they end;
    they are told that they are ``is_shared``. CommandError when somebody else has the port."""
    try:
        bound = bind(host, port, shared=is_shared)
    except OSError as error:
        raise CommandError(f"The {name} cannot have {host}:{port}: {error.strerror}.") from error
    if processes > 1 and not is_shared:
        bound.close()
        sys.exit(_run(processes))
    return bound


def _run(count: int) -> int:
    """Start ``count`` of ourselves on the same port. When one ends all do, and whoever supervises us starts anew.
    Returns the exit code of the first to end, 0 when we were told to stop."""
    command = [sys.executable, *sys.argv, "--shared"]
    children = [subprocess.Popen(command) for _ in range(count)]  # noqa: S603 - our own command line
    told_to_stop = False

    def stop(*_: Any) -> None:
        nonlocal told_to_stop
        told_to_stop = True
        for child in children:
            child.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while all(child.poll() is None for child in children):
        time.sleep(POLL_SECONDS)
    code = next(child.returncode for child in children if child.returncode is not None)
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
    return 0 if told_to_stop else code or 1
