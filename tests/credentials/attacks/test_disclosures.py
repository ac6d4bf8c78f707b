"""SD-JWT VC: the holder chooses what is shown, never what it says, nor to whom it was shown before."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.credentials.did_keys import offline_keys
from identity.credentials.sd_jwt_vc import (
    OpenedSdJwt,
    issue_sd_jwt_vc,
    present_sd_jwt_vc,
    verify_sd_jwt_vc,
)
from identity.primitives.did import did_key
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner

AUDIENCE, NONCE = "https://vendor.example", "n-1"


def _signer() -> LocalSigner:
    private = PrivateKey.generate()
    return LocalSigner(private, f"{did_key(private.public_key)}#{private.public_key.multikey}")


ISSUER, HOLDER, MALLORY = _signer(), _signer(), _signer()


def _disclosure(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()


@pytest.fixture
def issued(at: datetime) -> str:
    return issue_sd_jwt_vc(
        {"sub": "did:example:agent", "limit": 50, "name": "Concierge", "street": "Main Street"},
        vct="https://registry.example/agent",
        signer=ISSUER,
        valid_from=at - timedelta(hours=1),
        valid_until=at + timedelta(days=1),
        holder_key=HOLDER.public_key,
        disclosable=["name", "street"],
    )


@pytest.fixture
def opened(at: datetime) -> Callable[..., Any]:
    def open_it(text: str, **question: Any) -> Any:
        return verify_sd_jwt_vc(text, key_for=offline_keys(), at=at, **question)

    return open_it


def _shown(issued: str, at: datetime, **more: Any) -> str:
    asked = {"disclose": ["name"], "holder": HOLDER, "audience": AUDIENCE, "nonce": NONCE, "at": at} | more
    return present_sd_jwt_vc(issued, **asked)


def test_what_the_holder_shows_is_read(issued: str, opened: Callable[..., Any], at: datetime) -> None:
    answer = opened(_shown(issued, at), audience=AUDIENCE, nonce=NONCE)
    assert isinstance(answer, OpenedSdJwt)
    assert answer.is_bound
    assert (answer.claims["name"], answer.claims["limit"], "street" in answer.claims) == ("Concierge", 50, False)


@pytest.mark.parametrize(
    "disclosure",
    [
        _disclosure("salt", "limit", 5_000),
        _disclosure("salt", "name", "Admin"),
        _disclosure("salt", "cnf", {"jwk": {}}),
        _disclosure("salt", "_sd", []),
        _disclosure("salt", "...", "x"),
        _disclosure("only"),
        _disclosure({}),
        "",
        "!!",
        "A" * 300_000,
    ],
    ids=[
        "over a claim",
        "over a hidden claim",
        "over the key",
        "_sd",
        "dots",
        "short",
        "object",
        "empty",
        "text",
        "long",
    ],
)
def test_a_disclosure_of_the_holders_own_making_is_refused(
    issued: str, opened: Callable[..., Any], disclosure: str
) -> None:
    assert not isinstance(opened(f"{issued}{disclosure}~"), OpenedSdJwt)


def test_a_disclosure_twice_is_refused(issued: str, opened: Callable[..., Any]) -> None:
    token, first, *_ = issued.split("~")
    assert isinstance(opened(f"{token}~{first}~"), OpenedSdJwt)
    assert not isinstance(opened(f"{token}~{first}~{first}~"), OpenedSdJwt)


def test_a_thousand_disclosures_are_refused(issued: str, opened: Callable[..., Any]) -> None:
    token = issued.split("~")[0]
    many = "~".join(_disclosure(str(index), f"claim{index}", index) for index in range(1_000))
    assert not isinstance(opened(f"{token}~{many}~"), OpenedSdJwt)


def test_without_its_holder_a_copied_credential_is_worth_nothing(
    issued: str, opened: Callable[..., Any], at: datetime
) -> None:
    shown = _shown(issued, at)
    bare = shown[: shown.rindex("~") + 1]
    for text in (bare, _shown(issued, at, holder=MALLORY)):
        assert not isinstance(opened(text, audience=AUDIENCE, nonce=NONCE), OpenedSdJwt)
    assert not isinstance(opened(_shown(issued, at, holder=MALLORY)), OpenedSdJwt)


def test_a_presentation_is_for_one_verifier_one_question_and_now(
    issued: str, opened: Callable[..., Any], at: datetime
) -> None:
    shown = _shown(issued, at)
    for question in (
        {"audience": "https://other.example", "nonce": NONCE},
        {"audience": AUDIENCE, "nonce": "n-2"},
    ):
        assert not isinstance(opened(shown, **question), OpenedSdJwt)
    for moment in (at - timedelta(hours=1), at + timedelta(hours=1)):
        assert not isinstance(opened(_shown(issued, moment), audience=AUDIENCE, nonce=NONCE), OpenedSdJwt), (
            "made at another time"
        )


def test_the_holder_signs_for_exactly_what_is_shown(issued: str, opened: Callable[..., Any], at: datetime) -> None:
    """Stops a verifier from adding, out of another presentation, what the holder did not show this time."""
    token, *disclosures, binding = _shown(issued, at).split("~")
    full = [part for part in issued.split("~")[1:] if part]
    added = "~".join([token, *full, binding])
    assert disclosures != full
    assert not isinstance(opened(added, audience=AUDIENCE, nonce=NONCE), OpenedSdJwt)
    removed = f"{token}~{binding}"
    assert not isinstance(opened(removed, audience=AUDIENCE, nonce=NONCE), OpenedSdJwt)


def test_what_decides_whether_it_counts_cannot_be_hidden(at: datetime) -> None:
    from identity.primitives.errors import InvalidInput

    for name in ("iss", "exp", "nbf", "cnf", "vct", "status"):
        with pytest.raises(InvalidInput):
            issue_sd_jwt_vc(
                {name: "x"},
                vct="https://registry.example/agent",
                signer=ISSUER,
                valid_from=at,
                valid_until=at + timedelta(days=1),
                disclosable=[name],
            )
