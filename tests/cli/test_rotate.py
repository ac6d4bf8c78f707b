"""``attorn rotate``: by a service key, or by the agent's own key and nothing else."""

from __future__ import annotations

import json

import pytest

from registry.cli.exits import Exit
from tests.cli.conftest import Attorn, Ran

pytestmark = pytest.mark.django_db(transaction=True)


def keys_of(attorn: Attorn) -> list[str]:
    answer = json.loads(attorn("resolve", "concierge.acme", "--json").out)
    return [key["public_key_multibase"] for key in answer["identity"]["verification_methods"]]


def test_it_replaces_the_only_key_at_once(concierge: Ran, attorn: Attorn) -> None:
    (old,) = keys_of(attorn)
    ran = attorn("rotate", "concierge.acme", "--key-file", "new.pem", "--overlap", "0")
    assert ran.exit_code == 0, ran.err
    (new,) = keys_of(attorn)
    assert new != old
    assert new in ran.out


def test_it_keeps_both_keys_for_the_overlap(concierge: Ran, attorn: Attorn) -> None:
    assert attorn("rotate", "concierge.acme", "--key-file", "new.pem", "--overlap", "3600").exit_code == 0
    assert len(keys_of(attorn)) == 2
    ran = attorn("rotate", "concierge.acme", "--key-file", "newer.pem")
    assert ran.exit_code == Exit.USAGE
    assert "--retire" in ran.err


def test_it_needs_no_service_key_with_the_old_key(
    concierge: Ran, attorn: Attorn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ATTORN_KEY")
    before = keys_of(attorn)
    by_itself = ["rotate", "concierge.acme", "--old-key-file", "concierge.pem"]
    ran = attorn(*by_itself, "--key-file", "new.pem", "--overlap", "0", "--json")
    assert ran.exit_code == 0, ran.err
    assert keys_of(attorn) != before
    assert json.loads(ran.out)["id"].startswith("agt_")
    again = attorn(*by_itself, "--key-file", "third.pem")
    assert again.exit_code != 0


def test_it_says_that_there_is_no_such_agent(service_key: str, attorn: Attorn) -> None:
    ran = attorn("rotate", "nobody.acme", "--key-file", "new.pem")
    assert ran.exit_code == Exit.NO
    assert "NXDOMAIN" in ran.err
