"""Files of at most 400 lines, functions of at most 70: what no longer fits on a screen is no longer read."""

from __future__ import annotations

import ast

from tests.architecture.sources import MORE, PACKAGES, parsed, python_files, shown

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
# Tables copied from a standard are data, not code to be read.
TABLES = {"registry/directory/unicode_data.py", "registry/directory/confusables.py"}


def test_it_keeps_every_file_short() -> None:
    long = {
        shown(path): lines
        for path in python_files(*PACKAGES, *MORE)
        if shown(path) not in TABLES and (lines := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LINES_MAX
    }
    assert long == {}


def test_it_keeps_every_function_short() -> None:
    long = {
        f"{shown(path)}:{node.lineno} {node.name}": lines
        for path in python_files(*PACKAGES, *MORE)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    }
    assert long == {}
