"""Every setting that the environment gives is explained in deploy/env.example, and nothing else is."""

from __future__ import annotations

import ast
import re

from tests.architecture.sources import ROOT, parsed, python_files

# Read by what runs the processes, not by registry.settings.
OUTSIDE_SETTINGS = {"PROMETHEUS_MULTIPROC_DIR", "DEMO_PASSWORD"}
NOT_SETTINGS = {"HTTP_X_REQUEST_ID", "PYTEST_XDIST_WORKER", "REMOTE_ADDR"}
READERS = {"str", "bool", "int", "float", "list", "url", "db_url", "secret", "get"}
NAME = re.compile(r"[A-Z][A-Z0-9_]+")


def settings_read() -> set[str]:
    """Names given to ``env.<type>("NAME")``, ``secret("NAME")``, ``environment.get("NAME")`` and ``_port("NAME")``."""
    names = set(OUTSIDE_SETTINGS)
    for path in [*python_files("registry/settings"), *python_files("registry/ops")]:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and node.args and _is_reader(node.func):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str) and NAME.fullmatch(first.value):
                    names.add(first.value)
    return names - NOT_SETTINGS


def settings_explained() -> dict[str, str]:
    """Name to the sentence above it."""
    explained = {}
    comment: list[str] = []
    for line in (ROOT / "deploy" / "env.example").read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"#?([A-Z][A-Z0-9_]+)=.*", line):
            explained[match[1]] = " ".join(comment)
            comment = []
        elif line.startswith("# "):
            comment.append(line[2:])
        elif not line.strip():
            comment = []
    return explained


def test_it_explains_every_setting_and_no_other() -> None:
    assert settings_read() == set(settings_explained())


def test_it_explains_in_a_sentence() -> None:
    assert [name for name, words in settings_explained().items() if len(words) < 8 or not words.endswith(".")] == []


def _is_reader(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in {"secret", "_port"}
    return isinstance(function, ast.Attribute) and function.attr in READERS
