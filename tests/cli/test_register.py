"""One command puts an agent on the register."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from identity.primitives.multikey import PrivateKey
from registry.cli.exits import Exit
from tests.cli.conftest import Attorn, Ran

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_registers_an_agent_and_its_name_with_a_key_it_made(concierge: Ran, attorn: Attorn) -> None:
    assert "did:web:localhost%3A" in concierge.out
    assert "concierge.acme" in concierge.out
    path = Path("concierge.pem")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    answer = json.loads(attorn("resolve", "concierge.acme", "--json").out)
    multikey = PrivateKey.from_pem(path.read_text()).public_key.multikey
    assert [key["public_key_multibase"] for key in answer["identity"]["verification_methods"]] == [multikey]
    assert answer["identity"]["capabilities"] == ["booking"]


@pytest.mark.parametrize("algorithm", ["ed25519", "p256"])
def test_it_uses_the_key_that_is_there(attorn: Attorn, service_key: str, algorithm: str) -> None:
    made = attorn("keygen", "--out", "mine.pem", "--algorithm", algorithm)
    ran = attorn("register", "--key-file", "mine.pem", "--display-name", "Mine", "--json")
    assert ran.exit_code == 0, ran.err
    assert json.loads(ran.out)["keys"][0]["multikey"] in made.out


def test_it_says_the_registrys_reason_and_code(concierge: Ran, attorn: Attorn) -> None:
    ran = attorn("register", "concierge.acme", "--key-file", "other.pem", "--display-name", "Other")
    assert ran.exit_code == Exit.REFUSED
    assert "[name_taken]" in ran.err
    ran = attorn("register", "--key-file", "concierge.pem", "--display-name", "Again")
    assert ran.exit_code == Exit.REFUSED
    assert "[key_already_registered]" in ran.err


def test_it_needs_a_service_key(attorn: Attorn, registry: str) -> None:
    ran = attorn("register", "a.acme", "--key-file", "a.pem", "--display-name", "A")
    assert ran.exit_code == Exit.USAGE
    assert "ATTORN_KEY" in ran.err
    assert not Path("a.pem").exists()


def test_it_is_refused_with_a_wrong_service_key(attorn: Attorn, registry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTORN_KEY", "atn_mallory_stolenandrevoked")
    ran = attorn("whoami")
    assert ran.exit_code == Exit.REFUSED
    assert "[invalid_service_key]" in ran.err


def test_it_reads_the_service_key_from_a_private_file_only(
    attorn: Attorn, service_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ATTORN_KEY")
    path = Path("service.key")
    path.write_text(service_key + "\n")
    path.chmod(0o644)
    ran = attorn("whoami", "--service-key-file", "service.key")
    assert ran.exit_code == Exit.USAGE
    assert "chmod 600" in ran.err
    path.chmod(0o600)
    for arguments in (["whoami", "--service-key-file", "service.key"], ["whoami"]):
        monkeypatch.setenv("ATTORN_KEY_FILE", "service.key")
        ran = attorn(*arguments)
        assert ran.exit_code == 0, ran.err
        assert "Acme" in ran.out
    assert service_key not in ran.out + ran.err


def test_it_signs_as_the_agent_itself(attorn: Attorn, concierge: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTORN_KEY")
    ran = attorn("whoami", "--key-file", "concierge.pem")
    assert ran.exit_code == 0, ran.err
    assert ran.out.startswith("agent  did:web:")


def test_it_signs_nothing_for_a_registry_that_names_itself_otherwise(attorn: Attorn, service_key: str) -> None:
    ran = attorn("register", "--key-file", "a.pem", "--display-name", "A", "--registry-did", "did:web:bank.example")
    assert ran.exit_code == Exit.NOT_VERIFIED
    assert "Nothing was signed" in ran.err
