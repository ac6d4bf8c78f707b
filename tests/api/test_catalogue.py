"""Every code that is raised anywhere has its entry, so that ``type`` of a problem document always leads to a page."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from identity.primitives import errors
from registry.api.catalogue import AREAS, CATALOGUE

ROOT = Path(__file__).resolve().parent.parent.parent
ERRORS = {
    name
    for name in vars(errors)
    if isinstance(getattr(errors, name), type) and issubclass(getattr(errors, name), Exception)
}
STATUSES = {
    errors.Unauthenticated: {401},
    errors.NotPermitted: {403},
    errors.NotFound: {404},
    errors.Conflict: {409},
    errors.Gone: {410},
    errors.TooLarge: {413},
    errors.TooMany: {429},
    errors.Unavailable: {503},
}


def raised() -> list[tuple[str, str, str]]:
    """Each literal code with the error class it is raised by and where."""
    found = []
    for package in ("identity", "reputation", "registry"):
        for file in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                code = node.args[0]
                if name in ERRORS and isinstance(code, ast.Constant) and isinstance(code.value, str):
                    found.append((code.value, name, f"{file.relative_to(ROOT)}:{node.lineno}"))
    return found


def test_it_explains_every_code_that_is_raised():
    assert [(code, where) for code, _, where in raised() if code not in CATALOGUE] == []


def test_it_gives_each_code_the_status_of_its_kind():
    wrong = [
        (code, CATALOGUE[code].status, where)
        for code, name, where in raised()
        if CATALOGUE[code].status not in STATUSES.get(getattr(errors, name), {400, 411, 413, 422})
    ]
    assert wrong == []


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_it_words_each_code_for_a_person(code):
    problem = CATALOGUE[code]
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", code)
    assert 400 <= problem.status <= 599
    assert problem.title
    assert not problem.title.endswith(".")
    assert problem.explanation.endswith((".", "`", ")"))


def test_it_has_each_code_in_one_area_only():
    codes = [code for area in AREAS for code in area.PROBLEMS]
    assert sorted(codes) == sorted(set(codes))
