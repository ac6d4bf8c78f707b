"""The ways to check an answer that the pages tell people to copy really work."""

from __future__ import annotations

import io
import shlex
from contextlib import redirect_stdout
from typing import Any
from urllib.parse import urlsplit

import pytest

from registry.cli.main import main
from registry.directory.models import Name
from registry.web import verification


@pytest.fixture
def here(live_server: Any, settings: Any) -> str:
    """A served instance that knows its own address."""
    settings.PUBLIC_URL = live_server.url
    settings.PUBLIC_HOST = urlsplit(live_server.url).netloc
    return str(live_server.url)


def test_it_verifies_with_the_command_it_shows(here: str, concierge_name: Name) -> None:
    words = shlex.split(verification.with_cli(concierge_name.fqn))
    assert words[0] == "attorn"
    said = io.StringIO()
    with redirect_stdout(said):
        assert main(words[1:]) == 0
    assert "concierge.acme" in said.getvalue()


def test_it_verifies_with_the_program_it_shows(here: str, concierge_name: Name) -> None:
    answer_url = f"{here}/v1/resolve/{concierge_name.fqn}"
    found: dict[str, Any] = {}
    exec(verification.with_python(answer_url), found)  # the program ends with its own assert
    assert found["answer"]["query"] == concierge_name.fqn


def test_it_names_the_two_documents_that_are_needed(here: str, concierge_name: Name) -> None:
    lines = verification.with_curl(f"{here}/v1/resolve/{concierge_name.fqn}").splitlines()
    assert lines == [f"curl {here}/v1/resolve/concierge.acme", f"curl {here}/.well-known/did.json"]
