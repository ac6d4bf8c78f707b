"""Every process of a run collects the same tests: a parameter made of the clock or of chance would part them."""

from __future__ import annotations

import ast
import re
from collections import Counter

from tests.architecture.sources import parsed, python_files, shown

CHANCE = re.compile(r"\b(now|time|today|uuid[14]|urandom|token_\w+|generate\w*|gzip\.compress)\(")


def test_no_parameter_is_made_of_clock_or_chance():
    """A gzip header carries the second it was made in, unless told ``mtime``."""
    found = []
    for path in python_files("tests"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.parametrize"):
                words = ast.unparse(node)
                if "ids=" not in words and CHANCE.search(words):
                    found.append(f"{shown(path)}:{node.lineno}")
    assert not found


def test_files_outside_packages_have_names_of_their_own():
    """Python imports those by their bare names, so of two with one name the second would not be collected."""
    alone = [path for path in python_files("tests") if not (path.parent / "__init__.py").exists()]
    count = Counter(path.name for path in alone if path.name != "conftest.py")
    assert [shown(path) for path in alone if count[path.name] > 1] == []


def test_no_test_measures_speed():
    """Work is counted (tests/effort.py) and speed measured side by side (bench/): a clock says how busy a machine is,
    the processor time of a process counts its other threads and their garbage too."""
    clocks = {"process_time", "thread_time", "perf_counter"}
    found = [
        f"{shown(path)}:{node.lineno}"
        for path in python_files("tests")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr.removesuffix("_ns") in clocks
    ]
    assert not found
