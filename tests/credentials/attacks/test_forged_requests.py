"""Requests forged through us: a credential names addresses, and we ask only those that anybody may ask."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from identity.credentials.checks import CheckName, Outcome
from identity.credentials.verify import verify_credential
from identity.credentials.verify_presentation import verify_presentation
from tests.effort import bounded
from tests.foreigner import V2, Foreigner
from tests.servers import Web, says, web

pytestmark = pytest.mark.django_db

METADATA = "169.254.169.254"


@pytest.fixture
def inside() -> Iterator[Web]:
    """A service of our own network that trusts whoever reaches it."""
    with web(says(b'{"secret": "of the house"}')) as server:
        yield server


def _status(url: str) -> dict[str, str]:
    return {
        "id": f"{url}#4",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "4",
        "statusListCredential": url,
    }


def _places(server: Web) -> list[str]:
    """One address in the spellings that have fooled guards."""
    return [
        f"127.0.0.1:{server.port}",
        f"localhost:{server.port}",
        f"[::1]:{server.port}",
        f"[::ffff:127.0.0.1]:{server.port}",
        f"2130706433:{server.port}",
        f"0x7f000001:{server.port}",
        f"0177.0.0.1:{server.port}",
        f"127.1:{server.port}",
        f"0.0.0.0:{server.port}",
        f"user@127.0.0.1:{server.port}",
    ]


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def test_a_status_list_inside_is_not_asked_for(suite: str, inside: Web, foreigner: Foreigner, at: datetime) -> None:
    for scheme in ("http", "https"):
        for place in _places(inside):
            document = foreigner.credential(credentialStatus=_status(f"{scheme}://{place}/1"))
            verification = verify_credential(foreigner.secured(document, suite), at=at)
            assert not verification.is_verified, place
    assert inside.requests == []


def test_the_metadata_of_the_cloud_is_not_asked_for(foreigner: Foreigner, at: datetime) -> None:
    for url in (f"http://{METADATA}/latest/meta-data/", f"https://{METADATA}/", "file:///etc/passwd", "gopher://x/1"):
        document = foreigner.secured(foreigner.credential(credentialStatus=_status(url)))
        with bounded(calls=50_000, mebibytes=8):
            verification = verify_credential(document, at=at)
        assert not verification.is_verified
        assert "secret" not in str(verification.checks)


def test_an_issuer_inside_is_not_looked_up(inside: Web, foreigner: Foreigner, at: datetime) -> None:
    for place in (
        f"127.0.0.1%3A{inside.port}",
        f"localhost%3A{inside.port}",
        f"%5B::1%5D%3A{inside.port}",
        "127.0.0.1",
    ):
        did = f"did:web:{place}"
        document = foreigner.credential(issuer=did)
        secured = {**document, "proof": foreigner.proof(document, verificationMethod=f"{did}#key-1")}
        verification = verify_credential(secured, at=at)
        assert not verification.is_verified, place
    assert inside.requests == []


def test_a_schema_inside_is_not_asked_for(inside: Web, foreigner: Foreigner, at: datetime) -> None:
    url = f"http://127.0.0.1:{inside.port}/schema.json"
    document = foreigner.credential(
        credentialSchema={"id": url, "type": "JsonSchema"},
        termsOfUse={"id": url, "type": "https://terms.example/Policy"},
        evidence={"id": url, "type": "https://evidence.example/Visit"},
        refreshService={"id": url, "type": "https://refresh.example/Service"},
        relatedResource=[{"id": url, "digestSRI": "sha384-" + "A" * 64}],
    )
    verify_credential(foreigner.secured(document), at=at)
    assert inside.requests == []


def test_a_context_inside_is_not_asked_for(inside: Web, foreigner: Foreigner, at: datetime) -> None:
    url = f"http://127.0.0.1:{inside.port}/context"
    scoped = {"term": {"@id": "https://x.example/t", "@context": url}}
    subject = {"id": "did:example:subject", "term": {"id": "did:example:other"}}
    for contexts in ([V2, url], [V2, {"@import": url}], [V2, scoped]):
        for suite in ("eddsa-jcs-2022", "eddsa-rdfc-2022"):
            proof = foreigner.proof(foreigner.credential(), suite)
            document = foreigner.credential(**{"@context": contexts}, credentialSubject=subject)
            assert not verify_credential({**document, "proof": proof}, at=at).is_verified
    assert inside.requests == []


def test_a_redirect_is_not_followed(inside: Web, foreigner: Foreigner, settings: Any, at: datetime) -> None:
    """The list's own host is public; it sends us to our own network."""
    location = f"Location: http://127.0.0.1:{inside.port}/\r\n".encode()
    for status in ("301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"):
        with web(says(b"", status, location)) as outside:
            settings.FETCH_ALLOW_ADDRESSES = [outside.address]
            document = foreigner.credential(credentialStatus=_status(f"http://{outside.address}/1"))
            verification = verify_credential(foreigner.secured(document), at=at)
            status_check = next(check for check in verification.checks if check.name is CheckName.STATUS)
            assert status_check.outcome is Outcome.UNKNOWN, status_check
            assert outside.requests
    assert inside.requests == []


def test_many_lists_of_one_credential_do_not_become_many_requests(
    foreigner: Foreigner, settings: Any, at: datetime
) -> None:
    """One small document must not make us knock at a thousand doors, or at one door a thousand times."""
    with web(says(b"{}")) as outside:
        settings.FETCH_ALLOW_ADDRESSES = [outside.address]
        entries = [_status(f"http://{outside.address}/{number}") for number in range(200)]
        verification = verify_credential(foreigner.secured(foreigner.credential(credentialStatus=entries)), at=at)
        assert not verification.is_verified
        assert len(outside.requests) <= 8


def test_a_presentation_makes_no_more_requests_than_a_credential(
    foreigner: Foreigner, settings: Any, at: datetime
) -> None:
    with web(says(b"{}")) as outside:
        settings.FETCH_ALLOW_ADDRESSES = [outside.address]
        inner = [
            foreigner.secured(foreigner.credential(credentialStatus=_status(f"http://{outside.address}/{number}")))
            for number in range(30)
        ]
        presentation = {
            "@context": [V2],
            "type": ["VerifiablePresentation"],
            "holder": foreigner.did,
            "verifiableCredential": inner,
        }
        proof = foreigner.proof(presentation, proofPurpose="authentication", challenge="n-1", domain="vendor.example")
        answer = verify_presentation({**presentation, "proof": proof}, challenge="n-1", domain="vendor.example", at=at)
        assert not answer.is_verified
        assert len(outside.requests) <= 8
