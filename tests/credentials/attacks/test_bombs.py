"""Small inputs that cost much: each is turned away before the cost, measured in processor time and memory."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest

from identity.credentials import json_ld
from identity.credentials.checks import CheckName, Outcome
from identity.credentials.verify import verify_credential
from identity.credentials.verify_presentation import verify_presentation
from identity.primitives.bitstring import decode_bitstring, decode_token_list
from identity.primitives.errors import AttornError, TooLarge
from tests.effort import bounded
from tests.foreigner import V2, Foreigner, base58

pytestmark = pytest.mark.django_db
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"  # gives every word a meaning
Refused = Callable[..., set[str]]


def _unproven(foreigner: Foreigner, cryptosuite: str = "eddsa-rdfc-2022", **more: Any) -> dict[str, Any]:
    """A credential with a proof that only looks like one: whoever computes anything for it has lost already."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": cryptosuite,
        "created": "2026-01-01T00:00:00Z",
        "verificationMethod": foreigner.method,
        "proofPurpose": "assertionMethod",
        "proofValue": "z" + base58(foreigner.sign(b"something else")),
    }
    return {**foreigner.credential(**{"@context": [V2, EXAMPLES]}, **more), "proof": proof}


def _complete_graph(size: int, *, name: Callable[[int], str]) -> list[dict[str, Any]]:
    """Every node points to every other: canonical names must be tried in every order (RDFC-1.0, section 7.1)."""
    nodes: dict[int, list[str]] = {index: [] for index in range(size)}
    for one, other in permutations(range(size), 2):
        nodes[one].append(name(other))
    return [{"id": name(index), "knows": [{"id": to} for to in tos]} for index, tos in nodes.items()]


def test_named_anonymous_nodes_do_not_reach_canonicalization(foreigner: Foreigner, refused: Refused) -> None:
    """The 436-byte document of the literature: ten nodes ``_:b0`` that all know each other."""
    graph = _complete_graph(10, name=lambda index: f"_:b{index}")
    with bounded(calls=10_000, mebibytes=8):
        codes = refused(_unproven(foreigner, credentialSubject=graph))
    assert codes == {"malformed_url"}


def test_nameless_nodes_are_counted_before_canonicalization(foreigner: Foreigner, refused: Refused) -> None:
    node: dict[str, Any] = {"name": "leaf"}
    for _ in range(10):
        node = {"knows": [node, node]}
    with bounded(calls=1_000_000, mebibytes=16):
        codes = refused(_unproven(foreigner, credentialSubject={"id": "did:example:s", "knows": node}))
    assert codes == {"too_many_anonymous_nodes"}


def test_alike_anonymous_nodes_beyond_a_handful_are_refused_even_when_signed(
    foreigner: Foreigner, refused: Refused, verified: Callable[[Any], object]
) -> None:
    """Nodes that differ cost nothing; those that look alike are told apart by trying their orders."""

    def signed(*names: str) -> dict[str, Any]:
        subjects = [{"name": name} for name in names]
        return foreigner.secured(foreigner.credential(credentialSubject=subjects), "eddsa-rdfc-2022")

    verified(signed(*map(str, range(12))))
    verified(signed(*"aaaaa"))
    assert refused(signed(*"aaaaaaaaaaaa")) == {"too_many_anonymous_nodes"}
    assert refused(signed(*"aaaabbbbcccc")) == {"too_many_anonymous_nodes"}


def test_a_large_document_is_not_canonicalized(foreigner: Foreigner, refused: Refused) -> None:
    subject = [{"id": f"did:example:{index}", "name": "x" * 100} for index in range(1_500)]
    with bounded(calls=300_000, mebibytes=16):
        codes = refused(_unproven(foreigner, credentialSubject=subject))
    assert codes == {"document_too_large"}


@pytest.mark.parametrize("cryptosuite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_nesting_is_refused(foreigner: Foreigner, refused: Refused, cryptosuite: str) -> None:
    nested: Any = {"id": "did:example:s", "name": "x"}
    for _ in range(400):
        nested = {"knows": nested, "id": "did:example:s"}
    with bounded(calls=20_000, mebibytes=8):
        codes = refused(_unproven(foreigner, cryptosuite, credentialSubject=nested))
    assert codes == {"json_too_deep"}


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 50_000,
        '{"a": 1' + "0" * 200_000 + "}",
        '{"a": 1e999999}',
        '{"a": NaN}',
        '"' + "\\u0000" * 30_000,
    ],
    ids=["arrays", "objects", "digits", "exponent", "nan", "text"],
)
def test_json_that_is_made_to_hurt_is_refused(text: str, at: datetime) -> None:
    for data in (text, text.encode()):
        with bounded(calls=1_000, mebibytes=8):
            verification = verify_credential(data, at=at)
        assert not verification.is_verified


def test_a_name_twice_is_refused(foreigner: Foreigner, refused: Refused, verified: Callable[[Any], object]) -> None:
    """Parsers disagree about which of two counts; one reader would act on what another has verified."""
    text = json.dumps(foreigner.secured(foreigner.credential()))
    verified(text)
    refused(text.replace('"credentialSubject":', '"credentialSubject": {"id": "did:example:a"}, "credentialSubject":'))
    refused(text.replace('"name":', '"name": "Admin", "name":'))
    refused(text.replace('"proofPurpose":', '"proofPurpose": "authentication", "proofPurpose":'))


@pytest.mark.parametrize("length", [141, 60_000])
def test_long_base58_is_not_decoded(foreigner: Foreigner, refused: Refused, length: int) -> None:
    """Decoding is quadratic: a megabyte of base58 is minutes of work."""
    endless = "2" * length
    for cryptosuite in ("eddsa-rdfc-2022", "eddsa-jcs-2022"):
        value, method = _unproven(foreigner, cryptosuite), _unproven(foreigner, cryptosuite)
        value["proof"]["proofValue"] = f"z{endless}"
        method["proof"]["verificationMethod"] = f"did:key:z{endless}#z{endless}"
        method["issuer"] = f"did:key:z{endless}"
        for document in (value, method):
            with bounded(calls=30_000, mebibytes=4):
                refused(document)


def test_many_proofs_are_refused(foreigner: Foreigner, refused: Refused) -> None:
    document = foreigner.credential()
    proof = foreigner.proof(document, "eddsa-rdfc-2022")
    with bounded(calls=50_000, mebibytes=16):
        refused({**document, "proof": [proof] * 100})


def test_many_credentials_in_a_presentation_are_refused(foreigner: Foreigner, at: datetime) -> None:
    credential = foreigner.secured(foreigner.credential(), "eddsa-rdfc-2022")
    presentation = {
        "@context": credential["@context"],
        "type": ["VerifiablePresentation"],
        "holder": foreigner.did,
        "verifiableCredential": [credential] * 150,
    }
    with bounded(calls=10_000, mebibytes=32):
        assert not verify_presentation(presentation, challenge=None, domain=None, at=at).is_verified


def _unfolding(wbits: int) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    zeros = bytes(1024 * 1024)
    data = b"".join([*(packer.compress(zeros) for _ in range(128)), packer.flush()])
    assert len(data) < 160_000, "it fits into what is fetched many times"
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_status_list_is_inflated_to_its_cap_and_no_further() -> None:
    """A few kilobytes that unfold to 128 MiB, as gzip and as zlib: a megabyte would be eight gigabytes."""
    bitstring, token = _unfolding(16 + zlib.MAX_WBITS), _unfolding(zlib.MAX_WBITS)
    with bounded(calls=1_000, mebibytes=40), pytest.raises(TooLarge):
        decode_bitstring(f"u{bitstring}")
    with bounded(calls=1_000, mebibytes=40), pytest.raises(TooLarge):
        decode_token_list(token)


@pytest.mark.parametrize("text", ["", "u", "uAAAA", "z" * 1_000, "u" + "H4sI" * 300, "\u00fc", "uH4s=IA"])
def test_garbage_for_a_status_list_is_refused(text: str) -> None:
    with pytest.raises(AttornError):
        decode_bitstring(text)


def test_what_follows_a_packed_list_is_refused() -> None:
    """A second list behind the first would be read by some and not by others."""
    twice = gzip.compress(bytes(16_384), mtime=0) + gzip.compress(b"\xff" * 16_384, mtime=0)
    with pytest.raises(AttornError):
        decode_bitstring("u" + base64.urlsafe_b64encode(twice).rstrip(b"=").decode())


def test_a_refusal_says_what_was_not_read(foreigner: Foreigner, at: datetime) -> None:
    verification = verify_credential("[" * 100_000, at=at)
    failed = [check for check in verification.checks if check.outcome is Outcome.FAILED]
    assert failed
    assert all(check.name in CheckName and check.code and check.detail for check in failed)


def test_contexts_within_a_credential_are_few(foreigner: Foreigner, refused: Refused, at: datetime) -> None:
    """Attack: 14 kB with 120 contexts cost a second of processor time, seventeen of them in one batch nineteen."""
    subjects = [{"@context": V2, "id": f"urn:x:{number}", "name": f"n{number}"} for number in range(120)]
    document = foreigner.credential(credentialSubject=subjects)
    forged = {"proof": [foreigner.proof(foreigner.credential(), "eddsa-rdfc-2022", id=f"urn:p:{n}") for n in range(8)]}
    with bounded(calls=100_000, mebibytes=20):
        assert refused({**document, **forged}) == {"unsupported_context"}


def test_eight_proofs_cost_one_canonicalization(
    foreigner: Foreigner, verified: Callable[[Any], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = json_ld.canonical_quads
    monkeypatch.setattr(json_ld, "canonical_quads", lambda *args, **more: asked.append("once") or real(*args, **more))
    document = foreigner.credential()
    verified({**document, "proof": [foreigner.proof(document, "eddsa-rdfc-2022", nonce=str(n)) for n in range(8)]})
    assert asked == ["once"]


def test_chains_of_proofs_are_short(foreigner: Foreigner, refused: Refused) -> None:
    """Attack: each proof of a chain signs another document, so each is canonicalized anew."""
    document = foreigner.credential()
    chain = [foreigner.proof(document, "eddsa-rdfc-2022", id=f"urn:p:{n}", previousProof="urn:p:0") for n in range(8)]
    assert refused({**document, "proof": chain}) == {"too_many_proofs"}
