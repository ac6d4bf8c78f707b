"""Several processes of one command on one port."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import Any

STOP_SECONDS = 10
POLL_SECONDS = 0.1


def run_several(count: int) -> int:
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
