"""Keys and signatures in the forms in which people paste them."""

from __future__ import annotations

import base64
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from identity.agents.proof_text import read_public_key, read_signature
from identity.primitives.did import did_key
from identity.primitives.errors import InvalidInput
from identity.primitives.multikey import AGENT_KEY_ALGORITHMS, KeyAlgorithm, PrivateKey
from registry.web.pages.agent_register import signing_command

TEXT = '{"agent":null,"nonce":"a-_b%3A"}'
MAKE = {
    KeyAlgorithm.ED25519: "openssl genpkey -algorithm ed25519 -out agent.pem",
    KeyAlgorithm.P256: "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out agent.pem",
}


@pytest.mark.parametrize("algorithm", AGENT_KEY_ALGORITHMS)
def test_it_reads_a_key_in_every_form(algorithm):
    key = PrivateKey.generate(algorithm).public_key
    for form in (key.multikey, f" {key.multikey}\n", did_key(key), key.jwk(), key.to_pem(), f"\n{key.to_pem()}"):
        assert read_public_key(form) == key


@pytest.mark.parametrize("text", ["", "z6Mk", "x" * 3_000, "-----BEGIN PUBLIC KEY-----\n"])
def test_it_refuses_what_is_no_key(text):
    with pytest.raises(InvalidInput) as refusal:
        read_public_key(text)
    assert refusal.value.code in {"malformed_key", "unsupported_key"}


def test_it_reads_a_signature_in_every_form():
    signature = bytes(range(192, 256))
    standard, url = base64.b64encode(signature).decode(), base64.urlsafe_b64encode(signature).decode()
    wrapped = base64.encodebytes(signature).decode()
    for form in (standard, url, url.rstrip("="), wrapped, f"  {wrapped}\r\n"):
        assert read_signature(form) == signature


def test_it_turns_the_form_of_openssl_into_raw_numbers():
    der = encode_dss_signature(5, 2**255)
    assert read_signature(base64.b64encode(der).decode()) == (5).to_bytes(32) + (2**255).to_bytes(32)


@pytest.mark.parametrize(
    "text",
    ["", "=", "!", "A" * 201, "A" * 84, base64.b64encode(encode_dss_signature(2**300, 1)).decode(), "ü" * 86],
)
def test_it_refuses_what_is_no_signature(text):
    with pytest.raises(InvalidInput) as refusal:
        read_signature(text)
    assert refusal.value.code == "malformed_signature"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not on the path")
@pytest.mark.parametrize("algorithm", AGENT_KEY_ALGORITHMS)
def test_it_understands_what_the_shown_commands_print(algorithm, tmp_path):
    def run(command):
        done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout

    key = read_public_key(run(f"{MAKE[algorithm]} 2>/dev/null && openssl pkey -in agent.pem -pubout"))
    assert key.algorithm is algorithm
    assert key.verify(read_signature(run(signing_command(algorithm, TEXT))), TEXT.encode())
