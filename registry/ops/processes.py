"""Starting child processes that cannot outlive us, and stopping them with everything they started."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged user of the machine that a child process runs as."""

    name: str
    uid: int
    gid: int


def spawn(
    command: Sequence[str | Path],
    *,
    on_parent_death: signal.Signals = signal.SIGTERM,
    account: Account | None = None,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    output: int | IO[bytes] | None = None,
    niceness: int = 0,
) -> subprocess.Popen[bytes]:
    """Start ``command`` in a process group of its own, tied to the life of the calling thread's process.

    The group keeps Ctrl-C for the parent, which stops its children in order; the tie (Linux only) is a signal
    from the kernel that holds even when the parent is killed with SIGKILL. Call from the main thread: the kernel
    watches the thread that forked.
    """
    return subprocess.Popen(  # noqa: S603 - the commands are ours
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=dict(environment) if environment is not None else None,
        cwd=directory,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        process_group=0,
        # Runs after the change of user, which would clear the tie again.
        preexec_fn=_tie(on_parent_death, parent=os.getpid(), niceness=niceness),
    )


def tie_to_parent(on_parent_death: signal.Signals) -> None:
    """Ask the kernel to send us this signal when our own parent ends."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(on_parent_death))


def stop(process: subprocess.Popen[bytes], *, with_signal: signal.Signals, grace_seconds: float) -> bool:
    """End a child: ask, wait, then kill its whole group. Returns whether asking was enough."""
    asked_was_enough = True
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(with_signal)
        try:
            process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            asked_was_enough = False
    kill_group(process.pid)
    process.wait()
    return asked_was_enough


def kill_group(group: int) -> None:
    """Kill what is left of a child's process group, so that no grandchild is left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Whether a process with this id exists (and is not merely waiting to be reaped)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def command_line(pid: int) -> list[str]:
    """The arguments of a running process, empty when they cannot be read."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").split("\0")
    except OSError:
        return []


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def _tie(on_parent_death: signal.Signals, *, parent: int, niceness: int) -> Callable[[], None]:
    def prepare() -> None:
        tie_to_parent(on_parent_death)
        if os.getppid() != parent:  # the parent died before the tie was made
            os._exit(1)
        os.nice(niceness)

    return prepare
