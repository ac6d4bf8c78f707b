"""The pinned requirements: whole, hashed, and silent about where anything is downloaded from."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.architecture.sources import ROOT

LISTS = ["requirements.txt", "requirements-dev.txt"]
PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z,_-]+\])?==([^\s;]+)", re.IGNORECASE)


def pins(name: str) -> dict[str, str]:
    found = {}
    for line in (ROOT / "deploy" / name).read_text(encoding="utf-8").splitlines():
        if match := PIN.match(line):
            found[canonical(match[1])] = match[2]
    return found


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("name", LISTS)
def test_it_pins_everything_by_hash(name: str) -> None:
    blocks = re.split(r"\n(?=[a-zA-Z0-9])", (ROOT / "deploy" / name).read_text(encoding="utf-8"))
    assert [block.split()[0] for block in blocks if "==" not in block or "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("name", LISTS)
def test_it_names_no_place_to_download_from(name: str) -> None:
    text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
    assert re.findall(r"(?m)^--.*|.*://.*|.*file:.*| @ .*", text) == []


def test_it_pins_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    def names(requirements: list[str]) -> set[str]:
        return {canonical(re.split(r"[\[<>=;! ]", requirement)[0]) for requirement in requirements}

    assert names(project["dependencies"]) <= set(pins("requirements.txt"))
    assert names(project["optional-dependencies"]["dev"]) <= set(pins("requirements-dev.txt"))


def test_it_pins_the_same_versions_for_tests_as_for_serving() -> None:
    serving, testing = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {
        name: (version, testing.get(name)) for name, version in serving.items() if testing.get(name) != version
    } == {}
