"""``attorn search``."""

from __future__ import annotations

import json

import pytest

from registry.cli.exits import Exit
from tests.cli.conftest import Attorn, Ran

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("arguments", [["taxis"], ["--capability", "booking"], ["taxis", "--capability", "booking"]])
def test_it_finds_by_words_and_capabilities(concierge: Ran, attorn: Attorn, arguments: list[str]) -> None:
    ran = attorn("search", *arguments)
    assert ran.exit_code == 0, ran.err
    assert "concierge.acme" in ran.out
    assert "Books tables and taxis" in ran.out
    assert json.loads(attorn("search", *arguments, "--json").out)["items"]


def test_it_says_that_nobody_matches(concierge: Ran, attorn: Attorn) -> None:
    ran = attorn("search", "submarines")
    assert ran.exit_code == Exit.NO
    assert "No agent matches." in ran.err


def test_it_goes_on_where_a_page_ended(service_key: str, attorn: Attorn) -> None:
    for number in range(3):
        made = attorn("register", "--key-file", f"{number}.pem", "--display-name", f"Taxi {number}")
        assert made.exit_code == 0, made.err
    first = attorn("search", "taxi", "--limit", "2")
    cursor = first.err.split("--cursor ")[1].strip()
    second = attorn("search", "taxi", "--limit", "2", "--cursor", cursor)
    assert first.out.count("Taxi ") == 2
    assert second.out.count("Taxi ") == 1


@pytest.mark.parametrize("arguments", [[], ["x", "--limit", "0"], ["x", "--limit", "101"], ["x", "--limit", "many"]])
def test_it_says_what_is_missing_or_out_of_range(attorn: Attorn, arguments: list[str]) -> None:
    assert attorn("search", *arguments).exit_code == Exit.USAGE


def test_it_passes_on_the_registrys_refusal(registry: str, attorn: Attorn) -> None:
    ran = attorn("search", "taxi", "--cursor", "mallory")
    assert ran.exit_code == Exit.REFUSED
    assert "[invalid_cursor]" in ran.err
