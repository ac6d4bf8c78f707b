"""``attorn keygen``: a key nobody else can read, and none that is ever overwritten."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from registry.cli.exits import Exit
from tests.cli.conftest import Attorn


@pytest.mark.parametrize(("algorithm", "expected"), [("ed25519", KeyAlgorithm.ED25519), ("p256", KeyAlgorithm.P256)])
def test_it_writes_a_private_file_and_prints_the_public_half(
    attorn: Attorn, algorithm: str, expected: KeyAlgorithm
) -> None:
    old = os.umask(0)
    try:
        ran = attorn("keygen", "--out", "agent.pem", "--algorithm", algorithm)
    finally:
        os.umask(old)
    assert ran.exit_code == 0
    key = PrivateKey.from_pem(Path("agent.pem").read_text())
    assert key.public_key.algorithm is expected
    assert stat.S_IMODE(Path("agent.pem").stat().st_mode) == 0o600
    for text in (key.public_key.multikey, key.public_key.thumbprint(), f"did:key:{key.public_key.multikey}"):
        assert text in ran.out
    assert "PRIVATE KEY-----" not in ran.out


def test_it_never_overwrites_a_file(attorn: Attorn) -> None:
    attorn("keygen", "--out", "agent.pem")
    before = Path("agent.pem").read_bytes()
    ran = attorn("keygen", "--out", "agent.pem")
    assert ran.exit_code == Exit.USAGE
    assert "never overwritten" in ran.err
    assert Path("agent.pem").read_bytes() == before


def test_it_does_not_write_through_a_link(attorn: Attorn) -> None:
    Path("agent.pem").symlink_to("elsewhere.pem")
    assert attorn("keygen", "--out", "agent.pem").exit_code == Exit.USAGE
    assert not Path("elsewhere.pem").exists()


def test_it_says_why_a_file_cannot_be_written(attorn: Attorn) -> None:
    ran = attorn("keygen", "--out", "no/such/folder/agent.pem")
    assert ran.exit_code == Exit.USAGE
    assert "No such file or directory" in ran.err
