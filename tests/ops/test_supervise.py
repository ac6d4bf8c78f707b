"""``manage.py up`` as a person lives it: start, second start, kill, start again, Ctrl-C."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest

from registry.ops.services import Address
from tests.architecture.sources import ROOT

UP_SECONDS_MAX = 180  # on a machine that does much else; alone it takes about five
GONE_SECONDS_MAX = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Instance:
    """One ``manage.py up`` with local files and ports of its own."""

    def __init__(self, var: Path) -> None:
        self.port = free_port()
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        self.environment = kept | {
            "ATTORN_VAR_DIR": str(var),
            "PORT": str(self.port),
            "RESOLVER_PORT": str(free_port()),
            "DEMO": "false",
            "PYTHONUNBUFFERED": "1",
        }
        self.output = var.parent / f"output-{self.port}"
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        with self.output.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, str(ROOT / "manage.py"), "up"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.terminate()
            process.wait(60)

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def wait_until_up(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + UP_SECONDS_MAX
        while "Attorn is up" not in self.said():
            assert process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.1)

    def ready(self) -> dict[str, object]:
        with urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=10) as response:
            return dict(json.load(response))

    def family(self, process: subprocess.Popen[bytes]) -> list[psutil.Process]:
        return psutil.Process(process.pid).children(recursive=True)


def left_of(family: list[psutil.Process]) -> list[str]:
    """Who of the family still runs after they had time to go."""
    _, alive = psutil.wait_procs(family, timeout=GONE_SECONDS_MAX)
    return [" ".join(process.cmdline()) for process in alive]


MakeInstance = Callable[[], Instance]


@pytest.fixture
def make_instance(var: Path) -> Iterator[MakeInstance]:
    """Makes instances of one clone, and ends those that a failed test leaves running."""
    made: list[Instance] = []

    def make() -> Instance:
        made.append(Instance(var))
        return made[-1]

    yield make
    for instance in made:
        instance.end()


@pytest.fixture
def var() -> Iterator[Path]:
    """Reachable for the engines' account when the suite runs as root, which pytest's own directories are not."""
    base = Path(tempfile.mkdtemp(prefix="attorn-up-"))
    base.chmod(0o755)
    yield base / "var"
    shutil.rmtree(base, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_it_runs_recovers_from_a_kill_and_leaves_nothing_behind(make_instance: MakeInstance) -> None:
    instance = make_instance()
    first = instance.start()
    instance.wait_until_up(first)
    assert instance.ready()["status"] == "ready"
    names = {" ".join(process.cmdline()) for process in instance.family(first)}
    for part in ("postgres", "valkey-server", "granian", "manage.py resolver", "celery"):
        assert any(part in name for name in names), part
    nice = {part: process.nice() for process in instance.family(first) for part in process.cmdline()}
    assert nice["resolver"] < nice["registry.wsgi:application"] == nice["beat"]  # names are answered first

    second = make_instance()
    refused = second.start()
    assert refused.wait(60) == 1
    assert f"already runs from this clone at http://localhost:{instance.port}" in second.said()

    family = instance.family(first)
    first.kill()
    first.wait(10)
    assert left_of(family) == []
    with pytest.raises(URLError):
        instance.ready()

    again = instance.start()
    instance.wait_until_up(again)
    assert instance.ready()["status"] == "ready"
    family = instance.family(again)
    again.send_signal(signal.SIGINT)
    assert again.wait(60) == 0
    assert left_of(family) == []
    assert "nothing is left running" in instance.said()


@pytest.mark.parametrize("name", ["PORT", "RESOLVER_PORT"])
def test_it_says_what_to_set_when_a_port_is_taken(make_instance: MakeInstance, name: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        instance = make_instance()
        port = taken.getsockname()[1]
        instance.environment[name] = str(port)
        assert instance.start().wait(60) == 1
    assert f"Port {port} is taken by another program. Name a free one: {name}=" in instance.said()


@pytest.mark.parametrize("text", ["eight", "0", "65536", "-1", "８０００"])
def test_it_refuses_a_port_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="PORT must be a port from 1 to 65535"):
        Address.from_environment({"PORT": text})
