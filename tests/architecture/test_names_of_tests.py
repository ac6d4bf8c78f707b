"""Every process of a run collects the same tests: a parameter made of the clock or of chance would part them."""

from __future__ import annotations

import ast
import re

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
