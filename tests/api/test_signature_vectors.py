"""RFC 9421 appendix B, against our verifier and our client's own construction of the signature base."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest
import time_machine
from http_message_signatures import ContentDigest

from identity.primitives.errors import Unauthenticated
from identity.primitives.multikey import PrivateKey, PublicKey
from registry.api.http_signatures import SignedMessage, verify_message
from registry.client.http_signature import content_digest, signature_base

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "rfc9421.json").read_text())
REQUEST, B24, B26 = VECTORS["request"], VECTORS["b24"], VECTORS["b26"]


def public_key(vector):
    return PublicKey.from_pem(VECTORS["keys"][vector["key"]]["public"])


def message(**changes):
    fields = {
        **REQUEST["headers"],
        "signature-input": f"{B26['label']}={B26['parameters']}",
        "signature": f"{B26['label']}=:{B26['signature']}:",
    }
    return SignedMessage(REQUEST["method"], REQUEST["url"], {**fields, **changes})


@time_machine.travel(B26["created"] + 1)
def test_it_verifies_the_ed25519_request_of_section_b_2_6():
    result = verify_message(message(), public_key=public_key(B26), tag=None, body=b"")
    assert result.covered_components['"@path"'] == "/foo"


@time_machine.travel(B26["created"] + 1)
def test_it_refuses_that_request_with_one_field_changed():
    with pytest.raises(Unauthenticated):
        verify_message(message(date="Tue, 20 Apr 2021 02:07:56 GMT"), public_key=public_key(B26), tag=None, body=b"")


@time_machine.travel(B26["created"] + 306)
def test_it_refuses_that_request_five_minutes_later():
    with pytest.raises(Unauthenticated):
        verify_message(message(), public_key=public_key(B26), tag=None, body=b"")


def test_its_client_makes_the_very_signature_of_section_b_2_6():
    private_key = PrivateKey.from_pem(VECTORS["keys"][B26["key"]]["private"])
    signature = private_key.sign(signature_base(B26["covered"], B26["parameters"]))
    assert base64.b64encode(signature).decode() == B26["signature"]


def test_its_client_builds_the_base_that_the_p256_key_signed_in_section_b_2_4():
    base = signature_base(B24["covered"], B24["parameters"])
    assert public_key(B24).verify(base64.b64decode(B24["signature"]), base)
    assert not public_key(B24).verify(base64.b64decode(B24["signature"]), base + b" ")


def test_it_reads_the_content_digest_of_the_test_request():
    body = REQUEST["body"].encode()
    ContentDigest.verify(REQUEST["content_digest"], body)
    assert content_digest(body) == f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
