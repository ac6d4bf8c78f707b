"""The short way to a proof's quads leads to the same place as the long one, or is not taken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.credentials.contexts import (
    CREDENTIALS_V1,
    CREDENTIALS_V2,
    DATA_INTEGRITY_V1,
    DATA_INTEGRITY_V2,
    EXAMPLES_V2,
)
from identity.credentials.json_ld import canonical_quads
from identity.credentials.proofs.proof_quads import proof_quads

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
contexts = st.sampled_from(
    [
        [CREDENTIALS_V2],
        [CREDENTIALS_V2, EXAMPLES_V2],
        [CREDENTIALS_V2, DATA_INTEGRITY_V2],
        [CREDENTIALS_V1, DATA_INTEGRITY_V2],
    ]
)
configs = st.fixed_dictionaries(
    {
        "@context": contexts,
        "type": st.just("DataIntegrityProof"),
        "cryptosuite": st.sampled_from(["eddsa-rdfc-2022", "ecdsa-rdfc-2019"]) | texts,
        "verificationMethod": st.sampled_from(["did:key:z6Mk#z6Mk", "did:web:ü.example#key-1", "https://a.example/#k"]),
        "proofPurpose": st.sampled_from(["assertionMethod", "authentication"]),
    },
    optional={"created": texts, "expires": texts, "challenge": texts, "domain": texts, "nonce": texts},
)


@given(configs)
def test_it_writes_what_the_processor_finds(config: dict[str, Any]) -> None:
    assert proof_quads(config) == canonical_quads(config)
    assert proof_quads(config) == canonical_quads(config, algorithm="sha384")


@pytest.mark.parametrize(
    "change",
    [
        {"@context": CREDENTIALS_V2},
        {"@context": [CREDENTIALS_V1]},
        {"@context": [CREDENTIALS_V1, DATA_INTEGRITY_V1]},
        {"@context": [CREDENTIALS_V2, {"did": "https://mallory.example/"}]},
        {"type": ["DataIntegrityProof"]},
        {"proofPurpose": "keyAgreement"},
        {"proofPurpose": ["assertionMethod"]},
        {"verificationMethod": "relative"},
        {"verificationMethod": {"id": "did:key:z6Mk#z6Mk"}},
        {"domain": ["a.example", "b.example"]},
        {"created": 5},
        {"previousProof": "urn:uuid:1"},
        {"id": "urn:uuid:1"},
        {"admin": True},
    ],
)
def test_it_leaves_the_unusual_to_the_processor(change: dict[str, Any]) -> None:
    usual = {
        "@context": [CREDENTIALS_V2],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "verificationMethod": "did:key:z6Mk#z6Mk",
        "proofPurpose": "assertionMethod",
    }
    assert proof_quads(usual) is not None
    assert proof_quads({**usual, **change}) is None
