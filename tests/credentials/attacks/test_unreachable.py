"""A list or key out of reach is *unknown*: not valid, not revoked, and never a yes where authority is decided."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from identity.credentials.checks import CheckName, Outcome, Verification, VerifyOptions
from identity.credentials.verify import verify_credential
from identity.primitives.bitstring import bits_of, encode_bitstring
from tests.foreigner import Foreigner
from tests.servers import says, web

pytestmark = pytest.mark.django_db
SIZE = 131_072
INDEX = 4_711


@pytest.fixture
def status_of(foreigner: Foreigner, settings: Any, at: datetime) -> Callable[..., Verification]:
    """Verify a credential of the foreigner whose list is whatever ``answer`` says."""

    def ask(answer: Callable[[str], Callable[[bytes, socket.socket], None]], **options: Any) -> Verification:
        url: list[str] = []

        def reply(request: bytes, connection: socket.socket) -> None:
            answer(url[0])(request, connection)

        with web(reply) as server:
            settings.FETCH_ALLOW_ADDRESSES = [server.address]
            url.append(f"http://{server.address}/list")
            entry = {
                "id": f"{url[0]}#{INDEX}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": str(INDEX),
                "statusListCredential": url[0],
            }
            document = foreigner.secured(foreigner.credential(credentialStatus=entry))
            return verify_credential(document, at=at, options=VerifyOptions(**options))

    return ask


def listed(issuer: Foreigner, url: str, *revoked: int, size: int = SIZE, **changes: Any) -> bytes:
    """A Bitstring Status List credential that lies at ``url``."""
    import json

    subject = {
        "id": f"{url}#list",
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": encode_bitstring(bits_of(revoked, size=size)),
    } | changes.pop("subject", {})
    document = issuer.credential(
        id=url, type=["VerifiableCredential", "BitstringStatusListCredential"], credentialSubject=subject, **changes
    )
    return json.dumps(issuer.secured(document)).encode()


def status(verification: Verification) -> tuple[Outcome, str]:
    return next((check.outcome, check.code) for check in verification.checks if check.name is CheckName.STATUS)


def test_a_list_says_yes_and_no(foreigner: Foreigner, status_of: Callable[..., Verification]) -> None:
    good = status_of(lambda url: says(listed(foreigner, url, INDEX - 1, INDEX + 1)))
    assert good.is_verified, good.checks
    bad = status_of(lambda url: says(listed(foreigner, url, INDEX)))
    assert not bad.is_verified
    assert status(bad) == (Outcome.FAILED, "revoked")


def _unknown(foreigner: Foreigner) -> dict[str, Callable[[str], Callable[[bytes, socket.socket], None]]]:
    mallory = Foreigner()
    fresh = {"validUntil": "2036-01-01T00:00:00Z"}
    return {
        "an error": lambda url: says(b"", "500 Internal Server Error"),
        "nothing there": lambda url: says(b"", "404 Not Found"),
        "garbage": lambda url: says(b"\x00\xff garbage"),
        "an empty object": lambda url: says(b"{}"),
        "an empty list": lambda url: says(listed(foreigner, url, subject={"encodedList": "u"})),
        "a short list": lambda url: says(listed(foreigner, url, size=1_024)),
        "a list that is too large": lambda url: says(b" " * (2 << 20)),
        "a list of somebody else": lambda url: says(listed(mallory, url, **fresh)),
        "a list that expired": lambda url: says(listed(foreigner, url, validUntil="2026-01-02T00:00:00Z")),
        "a list of the future": lambda url: says(listed(foreigner, url, validFrom="2099-01-01T00:00:00Z")),
        "a list for another purpose": lambda url: says(listed(foreigner, url, subject={"statusPurpose": "suspension"})),
        "a list that belongs elsewhere": lambda url: says(listed(foreigner, f"{url}/other")),
        "a spoilt list": lambda url: says(
            listed(foreigner, url).replace(b"2026-01-01T00:00:00Z", b"2026-01-03T00:00:00Z")
        ),
        "a credential that is no list": lambda url: says(
            listed(foreigner, url).replace(b"BitstringStatusListCredential", b"BitstringStatusListEntry")
        ),
        "a connection that breaks": lambda url: lambda request, connection: connection.close(),
    }


@pytest.mark.parametrize("fault", list(_unknown(Foreigner())))
def test_what_cannot_be_read_is_unknown_and_never_a_yes(
    fault: str, foreigner: Foreigner, status_of: Callable[..., Verification]
) -> None:
    answer = _unknown(foreigner)[fault]
    verification = status_of(answer)
    assert not verification.is_verified
    assert status(verification)[0] is Outcome.UNKNOWN, status(verification)
    tolerant = status_of(answer, accept_unknown_status=True)
    assert tolerant.is_verified, tolerant.checks


def test_who_tolerates_the_unknown_does_not_tolerate_a_no(
    foreigner: Foreigner, status_of: Callable[..., Verification]
) -> None:
    bad = status_of(lambda url: says(listed(foreigner, url, INDEX)), accept_unknown_status=True)
    assert not bad.is_verified


def test_an_issuer_out_of_reach_is_unknown(foreigner: Foreigner, at: datetime) -> None:
    """Its key cannot be had: the signature is neither good nor bad, and the verdict is no."""
    did = "did:web:unreachable.invalid"
    document = foreigner.credential(issuer=did)
    secured = {**document, "proof": foreigner.proof(document, verificationMethod=f"{did}#key-1")}
    verification = verify_credential(secured, at=at)
    assert not verification.is_verified
    outcomes = {check.name: check.outcome for check in verification.checks}
    assert outcomes[CheckName.PROOF] is Outcome.UNKNOWN, verification.checks
