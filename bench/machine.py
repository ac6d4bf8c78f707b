"""The machine a run is measured on, and how much of it was busy with something else."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds_of(pids: list[int]) -> float:
    """CPU time of these processes and all below them, children that have ended included."""
    return sum(_cpu_seconds(pid) for pid in family_of(pids))


def family_of(pids: list[int]) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))):
            children.setdefault(int(stat[1]), []).append(int(entry.name))
    found, waiting = [], list(pids)
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting.extend(children.get(pid, []))
    return found


def postgres_of(database: str) -> tuple[int, ...]:
    """The server processes that work for this database: they belong to a run that reads from it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                title = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if title.startswith(b"postgres:") and database.encode() in title:
                found.append(int(entry.name))
    return tuple(found)


@dataclass
class Busy:
    """How much of the machine others used between ``start`` and ``share_of_others``."""

    total: float
    busy: float

    @classmethod
    def start(cls) -> Busy:
        return cls(*_machine_seconds())

    def share_of_others(self, own_seconds: float) -> float:
        total, busy = _machine_seconds()
        return max(0.0, (busy - self.busy - own_seconds) / max(total - self.total, 0.01))


def describe(programs: dict[str, str]) -> dict[str, object]:
    models = (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name"))
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    return {
        "commit": commit,
        "cores": os.cpu_count(),
        "cpu": next(models, ""),
        "kernel": platform.release(),
        "python": platform.python_version(),
        **programs,
    }


def _machine_seconds() -> tuple[float, float]:
    fields = [int(text) for text in _lines("/proc/stat")[0].split()[1:9]]
    total, idle = sum(fields), fields[3] + fields[4]
    return total / TICKS, (total - idle) / TICKS


def _cpu_seconds(pid: int) -> float:
    stat = _stat(pid)
    return sum(int(text) for text in stat[11:15]) / TICKS if stat else 0.0


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat after the command, which may hold spaces."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()
