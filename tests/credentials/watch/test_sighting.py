"""Reading what a credential hangs on, in every form it comes in."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from identity.credentials.watch.sighting import sight
from identity.primitives.errors import InvalidInput

URL = "https://issuer.example/lists/1"
ENTRY = {
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "42",
    "statusListCredential": URL,
}
DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential", "AuditCertificate"],
    "id": "urn:uuid:1",
    "issuer": {"id": "did:web:issuer.example", "name": "Issuer"},
    "validFrom": "2026-01-01T00:00:00Z",
    "validUntil": "2027-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:web:agent.example"},
    "credentialStatus": ENTRY,
    "proof": [
        {"verificationMethod": "did:key:zOther#zOther"},
        {"verificationMethod": "did:web:issuer.example#key-1"},
    ],
}


def places(document: Any) -> list[tuple[str, str, str, int]]:
    return [(place.url, place.form, place.purpose, place.index) for place in sight(document).places]


def token(header: dict[str, Any], claims: dict[str, Any]) -> str:
    parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
    return ".".join([*parts, "c2lnbmF0dXJl"])


def test_it_reads_a_w3c_credential() -> None:
    seen = sight(DOCUMENT)
    assert (seen.issuer, seen.type, seen.subjects) == (
        "did:web:issuer.example",
        "AuditCertificate",
        ("did:web:agent.example",),
    )
    assert seen.verification_method == "did:web:issuer.example#key-1"
    assert seen.valid_until == datetime(2027, 1, 1, tzinfo=UTC)
    assert places(DOCUMENT) == [(URL, "bitstring", "revocation", 42)]
    assert sight(json.dumps(DOCUMENT)).digest == seen.digest


def test_it_reads_version_1_1_and_statuslist2021() -> None:
    old = {
        **DOCUMENT,
        "expirationDate": "2026-07-01T00:00:00Z",
        "credentialStatus": [{**ENTRY, "type": "StatusList2021Entry"}],
    }
    del old["validUntil"]
    assert places(old) == [(URL, "status_list_2021", "revocation", 42)]
    assert sight(old).valid_until == datetime(2026, 7, 1, tzinfo=UTC)


def test_it_reads_a_jwt_and_takes_the_earlier_end() -> None:
    claims = {name: value for name, value in DOCUMENT.items() if name != "proof"}
    seen = sight(
        token({"kid": "#key-1", "typ": "vc+jwt"}, {**claims, "exp": 1_780_000_000, "iss": "did:web:issuer.example"})
    )
    assert seen.verification_method == "did:web:issuer.example#key-1"
    assert seen.valid_until == datetime.fromtimestamp(1_780_000_000, UTC)


def test_it_reads_the_vc_claim_of_an_older_jwt() -> None:
    claim = {name: DOCUMENT[name] for name in ("@context", "type", "credentialStatus")} | {"credentialSubject": {}}
    seen = sight(token({"kid": "did:key:z1#z1"}, {"vc": claim, "iss": "did:key:z1", "sub": "did:web:agent.example"}))
    assert (seen.issuer, seen.subjects) == ("did:key:z1", ("did:web:agent.example",))
    assert len(seen.places) == 1


def test_it_reads_an_sd_jwt_with_two_bits_an_entry() -> None:
    claims = {
        "iss": "did:web:issuer.example",
        "vct": "https://issuer.example/audit",
        "cnf": {"jwk": {"kty": "OKP"}},
        "status": {"status_list": {"idx": 7, "uri": URL}},
    }
    seen = sight(token({"typ": "dc+sd-jwt", "kid": "k"}, claims) + "~ZGlzY2xvc3VyZQ~")
    assert seen.holder_key == {"kty": "OKP"}
    assert seen.digest == sight(token({"typ": "dc+sd-jwt", "kid": "k"}, claims) + "~other~a.b.c").digest
    assert places(token({}, claims)) == [(URL, "token", "revocation", 14), (URL, "token", "suspension", 15)]


def test_it_passes_over_purposes_that_say_nothing_about_counting() -> None:
    assert places({**DOCUMENT, "credentialStatus": [{**ENTRY, "statusPurpose": "refresh"}, ENTRY]}) == places(DOCUMENT)


@pytest.mark.parametrize(
    "status",
    [
        {**ENTRY, "type": "RevocationList2020Status"},
        {**ENTRY, "statusPurpose": "mood"},
        {**ENTRY, "statusPurpose": ["revocation", "suspension"]},
        {**ENTRY, "statusPurpose": {}},
        {**ENTRY, "type": [{}, []]},
        {**ENTRY, "statusSize": 2},
        {**ENTRY, "statusListCredential": "ftp://issuer.example/list"},
        {**ENTRY, "statusListCredential": "https://issuer.example/" + "a" * 1_000},
        [{**ENTRY, "statusListIndex": str(index)} for index in range(5)],
    ],
)
def test_it_refuses_a_status_that_nobody_would_watch(status: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        sight({**DOCUMENT, "credentialStatus": status})
    assert refused.value.code == "status_not_supported"


@pytest.mark.parametrize(
    "broken",
    [
        {"credentialStatus": {**ENTRY, "statusListIndex": "-1"}},
        {"credentialStatus": {**ENTRY, "statusListIndex": "٣"}},
        {"credentialStatus": {**ENTRY, "statusListIndex": 1.5}},
        {"credentialStatus": {**ENTRY, "statusListIndex": str(2**40)}},
        {"credentialStatus": ["not an object"]},
        {"validUntil": "soon"},
        {"issuer": None},
        {"issuer": "did:web:" + "a" * 400},
    ],
)
def test_it_refuses_what_makes_no_sense(broken: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        sight({**DOCUMENT, **broken})
    assert refused.value.code == "malformed_credential"


@pytest.mark.parametrize("text", ["", "x", "a.b", "{", "[]", "a.b.c", "....", "{}" * 3, b"\xff\xfe"])
def test_it_refuses_what_is_no_credential_at_all(text: str | bytes) -> None:
    with pytest.raises(InvalidInput):
        sight(text)
