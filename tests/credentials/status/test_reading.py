"""Lists of other issuers: what is believed, and every way in which somebody might have us believe another list."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest

from identity.credentials.did_keys import offline_keys
from identity.credentials.jose import sign_vc_jwt
from identity.credentials.jws import base64url, sign_jws
from identity.credentials.jwt_checks import Refused
from identity.credentials.proofs.data_integrity import add_proofs
from identity.credentials.status_reading import ForeignList, may_speak_for, read_status_credential, read_status_token
from identity.primitives.bitstring import bits_of, encode_bitstring, encode_token_list, pairs_of
from identity.primitives.clock import rfc3339
from identity.primitives.did import did_key
from identity.primitives.errors import InvalidInput
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner

URL = "https://lists.example/status/1"
SIZE = 131_072
V2 = "https://www.w3.org/ns/credentials/v2"
V1 = "https://www.w3.org/2018/credentials/v1"


def signer() -> LocalSigner:
    key = PrivateKey.generate()
    did = did_key(key.public_key)
    return LocalSigner(key, f"{did}#{did.removeprefix('did:key:')}")


@pytest.fixture
def issuer() -> LocalSigner:
    return signer()


def did_of(someone: LocalSigner) -> str:
    return someone.verification_method.partition("#")[0]


def document(someone: LocalSigner, at: Any, **subject: Any) -> dict[str, Any]:
    return {
        "@context": [V2],
        "id": URL,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did_of(someone),
        "validFrom": rfc3339(at),
        "validUntil": rfc3339(at + timedelta(hours=1)),
        "credentialSubject": {
            "id": f"{URL}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encode_bitstring(bits_of([7, 130_000], size=SIZE)),
            **subject,
        },
    }


def signed(body: dict[str, Any], someone: LocalSigner, at: Any) -> bytes:
    return json.dumps(add_proofs(body, signer=someone, created=at)).encode()


def read(data: bytes, issuer: LocalSigner, at: Any, url: str = URL) -> ForeignList | Refused:
    return read_status_credential(data, url=url, issuer=did_of(issuer), key_for=offline_keys(), at=at)


def refused(data: bytes, issuer: LocalSigner, at: Any, url: str = URL) -> str:
    found = read(data, issuer, at, url)
    assert isinstance(found, Refused)
    return found.code


def token(someone: LocalSigner, at: Any, header: dict[str, Any] | None = None, **claims: Any) -> bytes:
    payload = {
        "sub": URL,
        "iat": int(at.timestamp()),
        "exp": int(at.timestamp()) + 3_600,
        "ttl": 300,
        "status_list": {"bits": 2, "lst": encode_token_list(pairs_of([7], [8], size=SIZE))},
        **claims,
    }
    payload = {name: value for name, value in payload.items() if value is not None}
    head = {"kid": someone.verification_method, "typ": "statuslist+jwt", **(header or {})}
    return sign_jws(head, payload, signer=someone).encode()


def read_token(data: bytes, issuer: LocalSigner, at: Any) -> ForeignList | Refused:
    return read_status_token(data, url=URL, issuer=did_of(issuer), key_for=offline_keys(), at=at)


def test_it_reads_a_list_with_proofs(issuer, at):
    found = read(signed(document(issuer, at, ttl=300_000), issuer, at), issuer, at)

    assert isinstance(found, ForeignList)
    assert [found.value(index) for index in (6, 7, 8, 130_000)] == [0, 1, 0, 1]
    assert (found.issuer, found.purposes, found.ttl_seconds) == (did_of(issuer), {"revocation"}, 300)
    assert (found.issued_at, found.valid_until) == (at, at + timedelta(hours=1))
    with pytest.raises(InvalidInput):
        found.value(SIZE)


def test_it_reads_entries_of_several_bits(issuer, at):
    bits = bits_of([2 * 9, 2 * 9 + 1, 2 * 10 + 1], size=SIZE * 2)
    body = document(issuer, at, encodedList=encode_bitstring(bits), statusPurpose=["revocation", "message"])

    found = read(signed(body, issuer, at), issuer, at)

    assert isinstance(found, ForeignList)
    assert [found.value(index, size=2) for index in (8, 9, 10)] == [0, 3, 1]
    assert found.purposes == {"revocation", "message"}


def test_it_reads_a_list_as_a_token_of_a_credential(issuer, at):
    data = sign_vc_jwt(document(issuer, at), signer=issuer).encode()

    found = read(data, issuer, at)

    assert isinstance(found, ForeignList)
    assert found.value(7) == 1


def test_it_reads_the_older_kind_of_list(issuer, at):
    """StatusList2021: VCDM 1.1, gzip in bare base64url. It is read and never written."""
    body = {
        "@context": [V1, "https://w3id.org/vc/status-list/2021/v1"],
        "id": URL,
        "type": ["VerifiableCredential", "StatusList2021Credential"],
        "issuer": did_of(issuer),
        "issuanceDate": rfc3339(at),
        "credentialSubject": {
            "id": f"{URL}#list",
            "type": "StatusList2021",
            "statusPurpose": "revocation",
            "encodedList": base64url(gzip.compress(bits_of([7], size=SIZE))),
        },
    }

    found = read(signed(body, issuer, at), issuer, at)

    assert isinstance(found, ForeignList), found
    assert found.value(7) == 1


def test_it_reads_a_token_status_list(issuer, at):
    found = read_token(token(issuer, at), issuer, at)

    assert isinstance(found, ForeignList), found
    assert [found.value(index) for index in (6, 7, 8)] == [0, 1, 2]
    assert (found.width, found.ttl_seconds, found.valid_until) == (2, 300, at + timedelta(hours=1))


def test_a_list_of_a_stranger_is_refused(issuer, at):
    """Whoever can write to the address (a hoster, a cache, the next owner of a domain) cannot sign as its issuer."""
    stranger = signer()
    assert refused(signed(document(stranger, at), stranger, at), issuer, at) == "status_list_issuer"
    found = read_token(token(stranger, at), issuer, at)
    assert isinstance(found, Refused)
    assert found.code == "status_list_issuer"


def test_a_list_in_the_issuers_name_signed_by_a_stranger_is_refused(issuer, at):
    stranger = signer()
    assert isinstance(read(signed(document(issuer, at), stranger, at), issuer, at), Refused)
    forged = token(stranger, at, header={"kid": issuer.verification_method})
    found = read_token(forged, issuer, at)
    assert isinstance(found, Refused)
    assert found.code == "invalid_signature"


def test_no_key_is_asked_of_a_host_that_has_nothing_to_do_with_it(issuer, at):
    """Stops the list's address from sending us knocking on other doors: nobody is asked for a stranger's key."""
    asked: list[str] = []

    def key_for(method: str) -> Any:
        asked.append(method)
        return offline_keys()(method)

    stranger = signer()
    for read_it, data in (
        (read_status_credential, signed(document(stranger, at), stranger, at)),
        (read_status_credential, sign_vc_jwt(document(stranger, at), signer=stranger).encode()),
        (read_status_token, token(stranger, at)),
        (read_status_token, token(stranger, at, iss=did_of(stranger))),
    ):
        assert isinstance(read_it(data, url=URL, issuer=did_of(issuer), key_for=key_for, at=at), Refused)
    assert asked == []


def test_a_list_put_in_the_place_of_another_is_refused(issuer, at):
    """A clean list of the same issuer, shown under the address of the one with the revocation."""
    data = signed(document(issuer, at), issuer, at)
    assert refused(data, issuer, at, url="https://lists.example/status/2") == "status_list_elsewhere"
    found = read_token(token(issuer, at, sub="https://lists.example/status/2"), issuer, at)
    assert isinstance(found, Refused)
    assert found.code == "status_list_elsewhere"


def test_yesterdays_list_is_refused(issuer, at):
    data = signed(document(issuer, at), issuer, at)
    assert refused(data, issuer, at + timedelta(hours=1)) == "status_list_expired"
    assert refused(data, issuer, at - timedelta(minutes=6)) == "proof_from_the_future"
    found = read_token(token(issuer, at), issuer, at + timedelta(hours=1))
    assert isinstance(found, Refused)
    assert found.code == "status_list_expired"


def test_bits_changed_after_signing_are_refused(issuer, at):
    body = json.loads(signed(document(issuer, at), issuer, at))
    body["credentialSubject"]["encodedList"] = encode_bitstring(bytes(SIZE // 8))
    assert isinstance(read(json.dumps(body).encode(), issuer, at), Refused)


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ({"encodedList": encode_bitstring(bytes(1_000))}, "status_list_too_short"),
        ({"encodedList": encode_bitstring(bytes(17 << 20))}, "status_list_too_large"),
        ({"encodedList": "uAAAA"}, "malformed_status_list"),
    ],
    ids=["short", "bomb", "garbage"],
)
def test_a_signed_list_that_is_none_is_refused(issuer, at, subject, code):
    data = signed(document(issuer, at, **subject), issuer, at)
    found = read(data, issuer, at)
    assert isinstance(found, Refused)
    assert found.code == code


def test_another_credential_of_the_issuer_is_no_list(issuer, at):
    body = document(issuer, at) | {"type": ["VerifiableCredential"], "credentialSubject": {"id": "urn:example:1"}}
    assert refused(signed(body, issuer, at), issuer, at) == "malformed_status_list"


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b"<html>", b"\xff\xfe", b"{" * 100, b"a.b.c", b'{"a":1,"a":2}']
)
def test_garbage_is_unknown_and_never_an_exception(issuer, at, data):
    for found in (read(data, issuer, at), read_token(data, issuer, at)):
        assert isinstance(found, Refused)
        assert found.is_unknown


@pytest.mark.parametrize(
    "header", [{"typ": "JWT"}, {"typ": None}, {"alg": "none"}, {"alg": "HS256"}, {"crit": ["exp"]}]
)
def test_a_token_with_another_header_is_refused(issuer, at, header):
    """A login token of the issuer's, an unsigned one, one that demands what we do not know."""
    assert isinstance(read_token(token(issuer, at, header=header), issuer, at), Refused)


@pytest.mark.parametrize(
    "status_list",
    [
        None,
        {},
        {"bits": 3, "lst": "eNrbuRgAAhcBXQ"},
        {"bits": True, "lst": "eNrbuRgAAhcBXQ"},
        {"bits": 1, "lst": 5},
        "x",
    ],
)
def test_a_token_without_a_list_is_refused(issuer, at, status_list):
    assert isinstance(read_token(token(issuer, at, status_list=status_list), issuer, at), Refused)


@pytest.mark.parametrize(
    ("list_issuer", "url", "is_trusted"),
    [
        ("did:web:acme.example", "https://acme.example/s/1", True),
        ("did:web:lists.example", "https://lists.example/s/1", True),
        ("did:web:lists.example%3A8443", "https://lists.example:8443/s/1", True),
        ("did:web:other.example", "https://lists.example/s/1", False),
        ("did:web:lists.example:users:mallory", "https://lists.example/s/1", False),
        ("did:web:lists.example", "https://lists.example@evil.example/s/1", False),
        ("did:key:z6MkStranger", "https://lists.example/s/1", False),
    ],
)
def test_it_knows_who_may_speak_for_an_issuer(list_issuer, url, is_trusted):
    assert may_speak_for(list_issuer, url=url, issuer="did:web:acme.example") is is_trusted
