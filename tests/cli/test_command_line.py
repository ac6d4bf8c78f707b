"""The command line itself: help, version, colours, pipes, and its reference page."""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.cli.exits import Exit
from registry.cli.options import build_parser
from registry.cli.terminal import paint
from tests.cli.conftest import Attorn

ROOT = Path(__file__).parent.parent.parent
REFERENCE = (ROOT / "docs" / "reference" / "cli.md").read_text()


def commands() -> dict[str, argparse.ArgumentParser]:
    """Every command by its name, those of groups too: ``credential issue``."""
    return dict(_below(build_parser(), ""))


def _below(parser: argparse.ArgumentParser, before: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield f"{before}{name}", command
                yield from _below(command, f"{before}{name} ")


@pytest.mark.parametrize("name", commands())
def test_it_documents_every_command_and_option(name: str) -> None:
    _, _, rest = REFERENCE.partition(f"## attorn {name}\n")
    section = rest.partition("\n## ")[0]
    assert section, f"docs/reference/cli.md has no section on {name}"
    for action in commands()[name]._actions:
        if "--help" not in action.option_strings:
            shown = action.option_strings[-1] if action.option_strings else str(action.metavar)
            assert f"`{shown}" in section, f"{name} {shown}"


def test_it_documents_every_exit_code_and_variable() -> None:
    for code in Exit:
        assert f"| {int(code)} |" in REFERENCE
    for variable in ("ATTORN_URL", "ATTORN_KEY", "ATTORN_KEY_FILE", "NO_COLOR", "SSL_CERT_FILE"):
        assert f"`{variable}`" in REFERENCE


@pytest.mark.parametrize("name", ["", *commands()])
def test_it_helps_with_examples(attorn: Attorn, name: str) -> None:
    ran = attorn(*name.split(), "--help")
    assert ran.exit_code == 0
    assert f"examples:\n  attorn {name}" in ran.out


def test_it_runs_as_a_module_without_django_settings(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-m", "registry.cli", "--version"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("attorn ")
    program = "import sys; from registry.cli.main import main; main(['keygen', '--out', 'k.pem']); "
    program += "assert 'registry.settings' not in sys.modules"
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("arguments", [[], ["dance"], ["resolve"], ["keygen", "--out"], ["resolve", "a.b", "--jso"]])
def test_it_says_how_it_is_used(attorn: Attorn, arguments: list[str]) -> None:
    ran = attorn(*arguments)
    assert ran.exit_code == Exit.USAGE
    assert "usage: attorn" in ran.err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_it_colours_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert paint("good", "good", Terminal()) == "\x1b[32mgood\x1b[0m"
    assert paint("good", "good", io.StringIO()) == "good"
    monkeypatch.setenv("NO_COLOR", "1")
    assert paint("good", "good", Terminal()) == "good"
