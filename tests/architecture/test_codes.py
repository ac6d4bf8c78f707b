"""Every code that is raised has its entry in the catalogue, hence its page at /problems/<code>."""

from __future__ import annotations

import ast
import re

from identity.primitives import errors
from registry.api.catalogue import CATALOGUE
from tests.architecture.sources import PACKAGES, parsed, python_files, shown

ERRORS = {
    name
    for name, value in vars(errors).items()
    if isinstance(value, type) and issubclass(value, errors.AttornError) and value is not errors.AttornError
}
CODE = re.compile(r"[a-z][a-z0-9_]*")


def raised_codes() -> dict[str, str]:
    """Code to the place that names it, from ``InvalidInput("code", …)`` and its siblings, raised or returned."""
    codes = {}
    for path in python_files(*PACKAGES):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and _name(node.func) in ERRORS and node.args:
                for code in _strings(node.args[0]):
                    codes[code] = f"{shown(path)}:{node.lineno}"
    return codes


def test_it_explains_every_code_that_is_raised() -> None:
    missing = {code: place for code, place in raised_codes().items() if code not in CATALOGUE}
    assert missing == {}


def test_it_spells_codes_in_snake_case() -> None:
    assert [code for code in [*CATALOGUE, *raised_codes()] if not CODE.fullmatch(code)] == []


def test_it_explains_in_whole_sentences() -> None:
    short = [code for code, problem in CATALOGUE.items() if not problem.explanation.rstrip().endswith((".", "`"))]
    assert short == []


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _strings(node: ast.expr) -> list[str]:
    """The literals that an expression may come to: plain, or either side of ``a if x else b``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [*_strings(node.body), *_strings(node.orelse)]
    return []
