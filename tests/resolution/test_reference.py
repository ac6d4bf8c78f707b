"""The program in the reference is run as it stands, against a live server: a verifier that shares nothing with us."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from django.test import Client

from registry.resolution.answer import Rcode
from registry.resolution.state import Absence

PAGE = (Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "resolve.md").read_text("utf-8")
PROGRAM = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL).group(1)

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_program_verifies_an_answer(listed, live_server, capsys):
    exec(PROGRAM.replace("http://localhost:8000", live_server.url), {})

    assert capsys.readouterr().out.startswith("active {")


@pytest.fixture
def verify():
    functions: dict = {}
    exec(PROGRAM.split("REGISTRY =")[0], functions)
    return functions["verify"]


def _get(path: str) -> dict:
    return json.loads(Client().get(path).content)


@pytest.mark.parametrize("query", ["concierge.acme", "nobody.acme"])
def test_it_accepts_what_is_true_and_nothing_else(listed, verify, query):
    document = _get("/.well-known/did.json")
    answer = _get(f"/v1/resolve/{query}")
    verify(answer, document)

    for member in answer:
        if member not in ("proof", "@context"):
            with pytest.raises(InvalidSignature):
                verify({**answer, member: "forged"}, document)
    with pytest.raises(InvalidSignature):
        verify({**answer, "proof": {**answer["proof"], "created": "2020-01-01T00:00:00Z"}}, document)


def test_text_beyond_ascii_verifies(listed, verify):
    type(listed.agent).objects.filter(pk=listed.agent.pk).update(description="Büchert Tische – für 2 € 🍽")

    verify(_get("/v1/resolve/concierge.acme"), _get("/.well-known/did.json"))


def test_every_field_has_a_line(listed):
    answer = _get("/v1/resolve/concierge.acme")
    for name, value in answer.items():
        assert f"`{name}" in PAGE
        for inner in value if isinstance(value, dict) and name != "proof" else ():
            assert f"`{name}.{inner}`" in PAGE or f"`.{inner}`" in PAGE or f"`{inner}`" in PAGE, f"{name}.{inner}"
    for code in (*Rcode, *Absence):
        assert f"`{code}`" in PAGE
