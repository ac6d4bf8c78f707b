"""``attorn credential``: issued, looked at, paused and ended from the command line, against a live registry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from identity.credentials.checks import CredentialFormat
from identity.credentials.lifecycle import CredentialReason
from identity.primitives.multikey import KeyAlgorithm
from registry.cli.commands.credential import ALGORITHMS
from registry.cli.credential_options import FORMATS, REASONS
from registry.cli.exits import Exit
from tests.cli.conftest import Attorn, Ran

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def issued(concierge: Ran, attorn: Attorn) -> str:
    """The id of an identity credential that was issued into ``concierge.json``."""
    ran = attorn("credential", "issue", "concierge.acme", "--output", "concierge.json", "--json")
    assert ran.exit_code == 0, ran.err
    return str(json.loads(ran.out)["id"])


def test_it_offers_what_the_registry_knows() -> None:
    """The command line runs without the registry's code, so its lists are its own; here they are compared."""
    assert set(FORMATS) == {str(form) for form in CredentialFormat}
    assert set(REASONS) == {str(reason) for reason in CredentialReason}
    assert set(ALGORITHMS.values()) == {algorithm.value for algorithm in KeyAlgorithm}


def test_it_saves_what_it_issued_and_overwrites_nothing(issued: str, attorn: Attorn) -> None:
    document = json.loads(Path("concierge.json").read_text())
    assert "AgentIdentityCredential" in document["type"]

    again = attorn("credential", "issue", "concierge.acme", "--output", "concierge.json")
    assert again.exit_code == Exit.USAGE
    assert "exists already" in again.err
    assert json.loads(Path("concierge.json").read_text()) == document


@pytest.mark.parametrize("form", FORMATS)
def test_it_issues_in_every_form(concierge: Ran, attorn: Attorn, form: str) -> None:
    ran = attorn("credential", "issue", "concierge.acme", "--format", form, "--days", "30")

    assert ran.exit_code == 0, ran.err
    assert ran.out.startswith("{" if "jwt" not in form else "ey")


def test_it_issues_a_statement_of_the_organization(concierge: Ran, attorn: Attorn) -> None:
    ran = attorn("credential", "issue", "concierge.acme", "--statement", "It may book travel.", "--algorithm", "p256")

    assert ran.exit_code == 0, ran.err
    assert json.loads(ran.out)["credentialSubject"]["statement"] == "It may book travel."


def test_its_exit_code_says_whether_it_counts(issued: str, attorn: Attorn) -> None:
    def status(what: str = issued) -> int:
        return attorn("credential", "status", what).exit_code

    assert status() == Exit.OK
    assert attorn("credential", "suspend", issued, "--reason", "under_review").exit_code == 0
    assert status() == Exit.NO
    assert attorn("credential", "reinstate", issued).exit_code == 0
    assert status() == Exit.OK

    revoked = attorn("credential", "revoke", issued, "--reason", "key_compromised")
    assert revoked.exit_code == 0
    assert "revoked" in revoked.out
    assert "key compromised" in revoked.out
    assert status() == Exit.NO
    assert attorn("credential", "reinstate", issued).exit_code == Exit.REFUSED


def test_it_lists_all_that_an_agent_has(issued: str, attorn: Attorn) -> None:
    attorn("credential", "issue", "concierge.acme", "--format", "vc+jwt")

    ran = attorn("credential", "status", "concierge.acme", "--json")

    assert ran.exit_code == 0
    kinds = {json.loads(line)["format"] for line in ran.out.splitlines()}
    assert kinds == {"data_integrity", "vc+jwt"}


def test_it_says_what_it_cannot_find(concierge: Ran, attorn: Attorn) -> None:
    assert attorn("credential", "issue", "nobody.acme").exit_code == Exit.NO
    unknown = attorn("credential", "status", "crd_01jd3z8c3h0v6v9x7y5w4t2s1r")
    assert unknown.exit_code == Exit.REFUSED
    assert "not_found" in unknown.err
    assert attorn("credential", "revoke", "crd_x").exit_code == Exit.USAGE
