"""Checking an answer offline: every lie a middleman could tell is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from identity.credentials.proofs.eddsa_jcs_2022 import secure
from identity.primitives.clock import rfc3339
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner
from registry.cli.exits import Exit
from tests.cli.conftest import Attorn, Ran

DID = "did:web:registry.example"
KEY = PrivateKey.generate()
NOW = datetime.now(UTC)

Verify = Callable[..., Ran]


def answer(**members: Any) -> dict[str, Any]:
    document = {
        "type": "ResolutionAnswer",
        "query": "concierge.acme",
        "rcode": "NOERROR",
        "registry": DID,
        "evaluated_at": rfc3339(NOW),
        "valid_until": rfc3339(NOW + timedelta(minutes=15)),
        **members,
    }
    return secure(document, signer=LocalSigner(KEY, f"{DID}#key-1"), created=NOW)


@pytest.fixture
def verify(attorn: Attorn) -> Verify:
    def run(document: Any, *more: str, query: str = "concierge.acme", key: str = KEY.public_key.multikey) -> Ran:
        Path("answer.json").write_text(document if isinstance(document, str) else json.dumps(document))
        return attorn("verify", "answer.json", "--query", query, "--key", key, "--registry-did", DID, *more)

    return run


def test_it_says_by_which_key_an_answer_holds(verify: Verify) -> None:
    ran = verify(answer())
    assert ran.exit_code == 0, ran.err
    assert f"good: concierge.acme, signed by {DID}#key-1, NOERROR until" in ran.out


@pytest.mark.parametrize("query", ["Concierge.Acme", "concierge.acme.", "concierge.acme.registry.example"])
def test_it_knows_the_other_spellings_of_a_question(verify: Verify, query: str) -> None:
    assert verify(answer(), query=query).exit_code == 0


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (answer(registry="did:web:mallory.example"), "not from did:web:registry.example"),
        (answer(query="mallory.acme"), "it answers mallory.acme"),
        (answer(valid_until=rfc3339(NOW - timedelta(seconds=1))), "it was good until"),
        (answer(evaluated_at=rfc3339(NOW + timedelta(hours=1))), "from the future"),
        (answer(valid_until="tomorrow"), "its valid_until is no RFC 3339 time"),
        (answer(valid_until="2999-01-01T00:00:00"), "its valid_until is no RFC 3339 time"),
        ({**answer(), "rcode": "NXDOMAIN"}, "the signature is not that of"),
        ({name: value for name, value in answer().items() if name != "proof"}, "it carries no proof"),
        ("[]", "it is no JSON object"),
        ('{"query": 1, "query": 2}', "stands twice"),
        ("not json", "is not JSON"),
    ],
)
def test_it_names_the_lie(verify: Verify, document: Any, reason: str) -> None:
    ran = verify(document)
    assert ran.exit_code == Exit.NOT_VERIFIED
    assert reason in ran.err
    assert ran.out == ""


def test_it_does_not_let_a_shorter_name_answer_for_a_longer_one(verify: Verify) -> None:
    ran = verify(answer(query="shop.example"), query="shop.example.com")
    assert ran.exit_code == Exit.NOT_VERIFIED


def did_document(*, expires: datetime = NOW + timedelta(hours=1), **members: Any) -> str:
    entry = {"id": f"{DID}#key-1", "publicKeyMultibase": KEY.public_key.multikey, "expires": rfc3339(expires)}
    document = {"id": DID, "verificationMethod": [entry], "assertionMethod": [f"{DID}#key-1"], **members}
    Path("did.json").write_text(json.dumps(document))
    return "did.json"


def test_it_reads_the_key_from_a_saved_did_document(verify: Verify) -> None:
    assert verify(answer(), key=did_document()).exit_code == 0


@pytest.mark.parametrize("members", [{"assertionMethod": []}, {"verificationMethod": []}, {"verificationMethod": 5}])
def test_it_takes_no_key_that_is_not_for_asserting(verify: Verify, members: dict[str, Any]) -> None:
    ran = verify(answer(), key=did_document(**members))
    assert ran.exit_code == Exit.NOT_VERIFIED
    assert "is no signing key of this registry" in ran.err


def test_it_takes_no_key_whose_time_is_over(verify: Verify) -> None:
    ran = verify(answer(), key=did_document(expires=NOW - timedelta(seconds=1)))
    assert ran.exit_code == Exit.NOT_VERIFIED
    assert "stopped counting" in ran.err


@pytest.mark.parametrize("key", ["z6Mk", "no-such-file", "zzz"])
def test_it_says_what_is_wrong_with_a_pinned_key(verify: Verify, key: str) -> None:
    assert verify(answer(), key=key).exit_code == Exit.USAGE


def test_it_says_that_a_file_is_missing(attorn: Attorn) -> None:
    ran = attorn("verify", "gone.json", "--query", "a.b", "--key", KEY.public_key.multikey, "--registry-did", DID)
    assert ran.exit_code == Exit.USAGE
    assert "gone.json cannot be read" in ran.err
