"""DIDs: one spelling each, and the address of a did:web."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from identity.primitives.did import (
    Did,
    canonical_did,
    did_key,
    did_key_public_key,
    did_web,
    did_web_url,
    parse_did,
)
from identity.primitives.errors import InvalidInput
from identity.primitives.multikey import PrivateKey, PublicKey

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent.parent / "vectors" / "keys.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["did_key"], ids=lambda vector: vector["did"][-8:])
def test_it_spells_did_key_as_the_method_does(vector: dict[str, Any]) -> None:
    if "seed" in vector:
        key = PrivateKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["seed"]))).public_key
    else:
        key = PublicKey.from_jwk(vector["jwk"])
    assert did_key(key) == vector["did"]
    assert did_key_public_key(vector["did"]) == key
    assert canonical_did(vector["did"]) == vector["did"]


@pytest.mark.parametrize("did", VECTORS["did_key_unsupported"])
def test_it_refuses_a_did_key_it_cannot_read(did: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        canonical_did(did)
    assert caught.value.code == "malformed_did"


@pytest.mark.parametrize(
    ("host", "path", "did", "url"),
    [
        ("w3c-ccg.github.io", (), "did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
        (
            "w3c-ccg.github.io",
            ("user", "alice"),
            "did:web:w3c-ccg.github.io:user:alice",
            "https://w3c-ccg.github.io/user/alice/did.json",
        ),
        (
            "example.com:3000",
            ("user", "alice"),
            "did:web:example.com%3A3000:user:alice",
            "https://example.com:3000/user/alice/did.json",
        ),
        (
            "localhost:8000",
            ("agents", "a"),
            "did:web:localhost%3A8000:agents:a",
            "http://localhost:8000/agents/a/did.json",
        ),
        ("127.0.0.1:8053", (), "did:web:127.0.0.1%3A8053", "http://127.0.0.1:8053/.well-known/did.json"),
    ],
)
def test_it_knows_where_a_did_web_lies(host: str, path: tuple[str, ...], did: str, url: str) -> None:
    assert did_web(host, *path) == did
    assert did_web_url(did) == url


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("did:web:localhost:8000:agents:agt_1", "did:web:localhost%3A8000:agents:agt_1"),
        ("did:web:localhost:8000", "did:web:localhost%3A8000"),
        ("did:web:localhost%3a8000:agents:agt_1", "did:web:localhost%3A8000:agents:agt_1"),
        ("did:web:Example.COM:agents:Alice", "did:web:example.com:agents:Alice"),
        ("did:web:example.com:8000", "did:web:example.com:8000"),
        ("did:example:123", "did:example:123"),
    ],
)
def test_it_spells_a_did_one_way(written: str, canonical: str) -> None:
    assert canonical_did(written) == canonical
    assert canonical_did(canonical) == canonical


@pytest.mark.parametrize(
    "text",
    ["", "did:", "did:web", "did:web:", "did:WEB:a", "did:web:a/b", "did:web:a#key", "did:web:a?x=1", "did:web:a::b",
     "did:web:a b", "did:web:%zz", "did:web:a%00", "did:web:ü", "https://a", "did:web:" + "a" * 600, "did:key:zzz",
     "did:web:a\n"],
)  # fmt: skip
def test_it_refuses_what_is_no_did(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        canonical_did(text)
    assert caught.value.code == "malformed_did"


@pytest.mark.parametrize(
    "did", ["did:web:a%2Fb", "did:web:a%40b.example", "did:web:a:%2E%2E:b", "did:key:z6Mk", "did:web:a%3Ax"]
)
def test_it_gives_no_address_that_leads_elsewhere(did: str) -> None:
    with pytest.raises(InvalidInput):
        did_web_url(did)


@given(st.text(max_size=40))
def test_it_is_idempotent(text: str) -> None:
    try:
        canonical = canonical_did("did:web:" + text)
    except InvalidInput:
        return
    assert canonical_did(canonical) == canonical


def test_it_takes_a_did_apart() -> None:
    did = parse_did("did:web:example.com:a")
    assert did == Did("web", "example.com:a")
    assert str(did) == "did:web:example.com:a"
