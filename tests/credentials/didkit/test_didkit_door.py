"""The door to didkit: what goes through, and each fault of didkit that stops at the door."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from identity.credentials.contexts import agent_context_url
from identity.credentials.didkit_door import (
    OpenedV1,
    issue_ed25519_2020,
    issue_vc_claim_jwt,
    present_ed25519_2020,
    present_vp_claim_jwt,
    verify_ed25519_2020,
    verify_presentation_2020,
    verify_vc_claim_jwt,
    verify_vp_claim_jwt,
)
from identity.credentials.jws import base64url, parse_jws, sign_jws
from identity.credentials.jwt_checks import Refused
from identity.primitives.clock import rfc3339
from identity.primitives.did import did_web
from identity.primitives.errors import InvalidInput
from identity.primitives.multikey import KeyAlgorithm
from identity.primitives.signing import LocalSigner
from tests.credentials.didkit.documents import AT, SUITE, V1, credential, did_of, presentation, signer_of
from tests.effort import bounded
from tests.servers import says, web


@pytest.fixture
def issuer() -> LocalSigner:
    return signer_of()


@pytest.fixture
def holder() -> LocalSigner:
    return signer_of()


@pytest.fixture
def issued(issuer: LocalSigner) -> dict[str, Any]:
    return issue_ed25519_2020(credential(issuer), signer=issuer, at=AT)


def refusal(found: OpenedV1 | Refused) -> str:
    assert isinstance(found, Refused), "the attack went through"
    return found.code


# What goes through


def test_it_issues_and_verifies_json_ld(issuer: LocalSigner, issued: dict[str, Any]) -> None:
    found = verify_ed25519_2020(issued, at=AT)
    assert isinstance(found, OpenedV1), found
    assert (found.document, found.signed_by) == (issued, did_of(issuer))
    assert issued["proof"]["created"] == rfc3339(AT)


def test_it_keeps_our_own_context_by_url(issuer: LocalSigner) -> None:
    """didkit does not carry it: it signs the same statements with the context written out."""
    document = credential(
        issuer,
        **{"@context": [V1, agent_context_url()], "type": ["VerifiableCredential", "AgentIdentityCredential"]},
        credentialSubject={"id": "did:web:agent.example", "type": "Agent", "displayName": "Concierge"},
    )
    issued = issue_ed25519_2020(document, signer=issuer, at=AT)
    assert issued["@context"] == [V1, agent_context_url(), SUITE]
    assert isinstance(verify_ed25519_2020(issued, at=AT), OpenedV1)
    issued["credentialSubject"]["displayName"] = "Mallory"
    assert refusal(verify_ed25519_2020(issued, at=AT)) == "invalid_signature"


def test_it_issues_and_verifies_a_jwt(issuer: LocalSigner) -> None:
    document = credential(issuer, expirationDate="2036-01-01T00:00:00Z")
    token = issue_vc_claim_jwt(document, signer=issuer)
    found = verify_vc_claim_jwt(token, at=AT)
    assert isinstance(found, OpenedV1), found
    assert (found.document, found.signed_by) == (document, did_of(issuer))


def test_it_presents_in_both_forms(issuer: LocalSigner, holder: LocalSigner, issued: dict[str, Any]) -> None:
    token = issue_vc_claim_jwt(credential(issuer), signer=issuer)
    shown = present_ed25519_2020(presentation(holder, issued), signer=holder, at=AT, challenge="c", domain="d.example")
    found = verify_presentation_2020(shown, at=AT, challenge="c", domain="d.example")
    assert isinstance(found, OpenedV1), found
    assert (found.credentials, found.signed_by) == ((issued,), did_of(holder))
    text = present_vp_claim_jwt(presentation(holder, token), signer=holder, challenge="c", domain="d.example")
    found = verify_vp_claim_jwt(text, at=AT, challenge="c", domain="d.example")
    assert isinstance(found, OpenedV1), found
    assert found.credentials == (token,)


def test_it_reads_the_token_that_leaves_the_document_s_own_members_out(issuer: LocalSigner) -> None:
    """VCDM 1.1 section 6.3.1: issuer, id, dates and subject may stand in the JWT's claims only."""
    inner = {"@context": [V1], "type": ["VerifiableCredential"], "credentialSubject": {}}
    claims = {
        "iss": did_of(issuer),
        "jti": "urn:x:1",
        "sub": "did:web:agent.example",
        "nbf": 1_767_225_600,
        "vc": inner,
    }
    token = sign_jws({"kid": issuer.verification_method, "typ": "JWT"}, claims, signer=issuer)
    found = verify_vc_claim_jwt(token, at=AT)
    assert isinstance(found, OpenedV1), found
    assert found.document == {
        **inner,
        "issuer": did_of(issuer),
        "id": "urn:x:1",
        "issuanceDate": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:web:agent.example"},
    }


# What stops at the door


def test_it_refuses_a_changed_credential(issued: dict[str, Any]) -> None:
    changed = {**issued, "credentialSubject": {"id": "did:web:mallory.example"}}
    assert refusal(verify_ed25519_2020(changed, at=AT)) == "invalid_signature"


@pytest.mark.parametrize(
    ("changes", "at", "code"),
    [
        ({"expirationDate": "2026-02-01T00:00:00Z"}, AT, "expired"),
        ({"issuanceDate": "2099-01-01T00:00:00Z"}, AT, "not_yet_valid"),
        ({"expirationDate": "2036-01-01T00:00:00Z"}, AT + timedelta(days=4_000), "expired"),
    ],
)
def test_it_checks_the_dates_that_didkit_does_not(
    issuer: LocalSigner, changes: dict[str, Any], at: Any, code: str
) -> None:
    """Fault: an expired JSON-LD credential verifies."""
    document = credential(issuer, **changes)
    assert refusal(verify_ed25519_2020(issue_ed25519_2020(document, signer=issuer, at=AT), at=at)) == code
    token = issue_vc_claim_jwt(document, signer=issuer)
    assert refusal(verify_vc_claim_jwt(token, at=at)) == code


def test_it_checks_the_credentials_inside_a_presentation(holder: LocalSigner, issued: dict[str, Any]) -> None:
    """Fault: a presentation of a forged credential verifies."""
    forged = {**issued, "credentialSubject": {"id": "did:web:mallory.example"}}
    for inner in (forged, {**issued, "proof": {}}, "a.b.c", 3):
        assert refusal(verify_with(holder, inner)) in {"invalid_signature", "malformed_proof", "malformed_jwt"} | {
            "malformed_credential"
        }
    token = present_vp_claim_jwt(presentation(holder, forged), signer=holder)
    assert refusal(verify_vp_claim_jwt(token, at=AT)) == "invalid_signature"


def verify_with(holder: LocalSigner, inner: Any) -> OpenedV1 | Refused:
    claims = {"iss": did_of(holder), "vp": presentation(holder, inner)}
    return verify_vp_claim_jwt(sign_jws({"kid": holder.verification_method}, claims, signer=holder), at=AT)


def test_it_lets_the_caller_check_what_is_inside(holder: LocalSigner, issued: dict[str, Any]) -> None:
    shown = present_ed25519_2020(presentation(holder, issued), signer=holder, at=AT)
    found = verify_presentation_2020(shown, at=AT, check_inner=lambda inner: Refused("revoked", "It was revoked."))
    assert refusal(found) == "revoked"


def test_it_takes_one_proof_only(issued: dict[str, Any]) -> None:
    """Fault: a list of a good and a forged proof verifies."""
    forged = {**issued["proof"], "proofValue": "z" + "1" * 88}
    for proof in ([issued["proof"], forged], [issued["proof"]], [], None, "x", {**issued["proof"], "type": "Other"}):
        assert refusal(verify_ed25519_2020({**issued, "proof": proof}, at=AT)) == "malformed_proof"


def test_it_compares_the_purpose_of_the_proof(issuer: LocalSigner) -> None:
    """Fault: a proof made to log in is taken for an assertion, unless the purpose is passed."""
    import didkit

    from identity.credentials.didkit_door import call, issue

    _, key = issue._local_key(credential(issuer), actor="issuer", signer=issuer)
    options = {
        "type": "Ed25519Signature2020",
        "verificationMethod": issuer.verification_method,
        "proofPurpose": "authentication",
        "created": rfc3339(AT),
    }
    login = json.loads(call.ask("issue_credential", json.dumps(credential(issuer)), options, key))
    assert didkit.get_version()
    assert refusal(verify_ed25519_2020(login, at=AT)) == "wrong_proof_purpose"
    login["proof"]["proofPurpose"] = "assertionMethod"
    assert refusal(verify_ed25519_2020(login, at=AT)) == "invalid_signature"


@pytest.mark.parametrize("change", [{"admin": True}, {"type": ["VerifiableCredential", "AdminCredential"]}])
def test_it_refuses_what_is_not_signed(issued: dict[str, Any], change: dict[str, Any]) -> None:
    """Fault: a type without a meaning leaves the signed statements unchanged, and a reader of the JSON sees it."""
    assert refusal(verify_ed25519_2020({**issued, **change}, at=AT)) in {"unmapped_term", "unmapped_type"}
    proof = {**issued["proof"], "admin": "true"}
    assert refusal(verify_ed25519_2020({**issued, "proof": proof}, at=AT)) == "malformed_proof"


def test_it_never_calls_another_host(settings: Any, issuer: LocalSigner) -> None:
    """Fault: didkit asks whatever did:web or status URL a document names, and follows redirects inward."""
    with web(says(b"{}")) as server:
        settings.FETCH_ALLOW_ADDRESSES = [server.address]
        there, list_url = did_web(server.address), f"http://{server.address}/status/1"
        status = {
            "id": f"{list_url}#3",
            "type": "StatusList2021Entry",
            "statusPurpose": "revocation",
            "statusListIndex": "3",
            "statusListCredential": list_url,
        }
        contexts = [V1, SUITE, "https://w3id.org/vc/status-list/2021/v1"]
        named = credential(issuer, **{"@context": contexts}, credentialSubject={"id": there}, credentialStatus=status)
        issued = issue_ed25519_2020(named, signer=issuer, at=AT)
        assert isinstance(verify_ed25519_2020(issued, at=AT), OpenedV1)
        assert isinstance(verify_vc_claim_jwt(issue_vc_claim_jwt(named, signer=issuer), at=AT), OpenedV1)
        for method in (f"{there}#key-1", f"{there}#{issuer.public_key.multikey}"):
            foreign = {**issued, "issuer": there, "proof": {**issued["proof"], "verificationMethod": method}}
            assert refusal(verify_ed25519_2020(foreign, at=AT)) == "did_method_unsupported"
            claims = {"iss": there, "vc": {**named, "issuer": there}}
            token = sign_jws({"kid": method}, claims, signer=issuer)
            assert refusal(verify_vc_claim_jwt(token, at=AT)) == "did_method_unsupported"
    assert server.requests == []


def test_it_refuses_another_s_signature(issuer: LocalSigner, issued: dict[str, Any]) -> None:
    mallory = signer_of()
    assert refusal(verify_ed25519_2020({**issued, "issuer": did_of(mallory)}, at=AT)) == "issuer_mismatch"
    claims = {"iss": did_of(issuer), "vc": credential(issuer)}
    for header in ({"kid": mallory.verification_method}, {"kid": issuer.verification_method}):
        token = sign_jws(header, claims, signer=mallory)
        assert refusal(verify_vc_claim_jwt(token, at=AT)) in {"issuer_mismatch", "invalid_signature"}


@pytest.mark.parametrize("kind", ["references", "alike"])
def test_it_shows_didkit_no_canonicalization_bomb(
    issued: dict[str, Any], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault: 1.7 kB cost didkit 11 seconds."""
    subjects: list[Any] = [{} for _ in range(12)]
    if kind == "references":
        subjects = [{"id": f"_:b{number}"} for number in range(12)]
    asked: list[object] = []
    monkeypatch.setattr("identity.credentials.didkit_door.call._didkit", lambda: asked.append(0))
    with bounded(calls=10_000):
        found = verify_ed25519_2020({**issued, "credentialSubject": subjects}, at=AT)
    assert refusal(found) in {"too_many_anonymous_nodes", "malformed_url", "not_signed", "blank_node_id"}
    assert asked == []


def test_it_refuses_large_documents_and_foreign_contexts(issued: dict[str, Any]) -> None:
    large = {**issued, "credentialSubject": {"id": "urn:" + "x" * 70_000}}
    assert refusal(verify_ed25519_2020(large, at=AT)) == "document_too_large"
    for contexts, code in (
        ([V1, SUITE, "https://mallory.example/context"], "unknown_context"),
        (["https://www.w3.org/ns/credentials/v2"], "wrong_context"),
        (V1, "wrong_context"),
    ):
        assert refusal(verify_ed25519_2020({**issued, "@context": contexts}, at=AT)) == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"proofValue": 3}, "malformed_proof"),
        ({"created": "yesterday"}, "malformed_proof"),
        ({"created": "2099-01-01T00:00:00Z"}, "malformed_proof"),
        ({"verificationMethod": "did:key:zzz#zzz"}, "malformed_verification_method"),
        ({"nonce": "x"}, "malformed_proof"),
        ({"expires": "2020-01-01T00:00:00Z"}, "malformed_proof"),
        ({"@context": ["https://mallory.example"]}, "malformed_proof"),
        ({"domain": "elsewhere.example"}, "invalid_signature"),
    ],
)
def test_it_refuses_a_proof_that_is_not_whole(issued: dict[str, Any], changes: dict[str, Any], code: str) -> None:
    assert refusal(verify_ed25519_2020({**issued, "proof": {**issued["proof"], **changes}}, at=AT)) == code


@pytest.mark.parametrize(
    ("challenge", "domain", "code"),
    [("c2", "d.example", "challenge_mismatch"), ("c", "e.example", "domain_mismatch")],
)
def test_it_refuses_a_replayed_presentation(
    holder: LocalSigner, issued: dict[str, Any], challenge: str, domain: str, code: str
) -> None:
    document = presentation(holder, issued)
    shown = present_ed25519_2020(document, signer=holder, at=AT, challenge="c", domain="d.example")
    assert refusal(verify_presentation_2020(shown, at=AT, challenge=challenge, domain=domain)) == code
    assert isinstance(verify_presentation_2020(shown, at=AT), OpenedV1)
    token = present_vp_claim_jwt(document, signer=holder, challenge="c", domain="d.example")
    assert refusal(verify_vp_claim_jwt(token, at=AT, challenge=challenge, domain=domain)) == code


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"jti": "urn:other"}, "contradicting_claims"),
        ({"sub": "did:web:other.example"}, "contradicting_claims"),
        ({"exp": 4_000_000_000}, None),
        ({"nbf": 1_767_225_601}, "contradicting_claims"),
        ({"exp": 1}, "expired"),
        ({"vc": None}, "malformed_credential"),
        ({"iss": None}, "issuer_mismatch"),
    ],
)
def test_it_refuses_a_token_that_tells_two_stories(
    issuer: LocalSigner, claims: dict[str, Any], code: str | None
) -> None:
    whole = {"iss": did_of(issuer), "vc": credential(issuer), **claims}
    found = verify_vc_claim_jwt(sign_jws({"kid": issuer.verification_method}, whole, signer=issuer), at=AT)
    if code is None:
        assert isinstance(found, OpenedV1), found
        assert found.document["expirationDate"] == "2096-10-02T07:06:40Z"
    else:
        assert refusal(found) == code


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "HS256"}, {"typ": "vc+jwt"}, {"crit": ["x"]}, {"typ": 3}])
def test_it_refuses_a_token_with_another_header(issuer: LocalSigner, header: dict[str, Any]) -> None:
    claims = {"iss": did_of(issuer), "vc": credential(issuer)}
    token = sign_jws({"kid": issuer.verification_method, **header}, claims, signer=issuer)
    assert refusal(verify_vc_claim_jwt(token, at=AT)) in {"jwt_header_refused", "invalid_signature"}
    signing_input, _, _ = token.rpartition(".")
    assert refusal(verify_vc_claim_jwt(f"{signing_input}.{base64url(bytes(64))}", at=AT)) != ""


def test_it_signs_only_as_the_key_it_has(issuer: LocalSigner) -> None:
    class Remote:
        """A key in an HSM, which didkit cannot use."""

        verification_method, public_key, sign = issuer.verification_method, issuer.public_key, issuer.sign

    for document, signer, code in (
        (credential(issuer, issuer="did:web:bank.example"), issuer, "issuer_mismatch"),
        (credential(issuer), Remote(), "unsupported_key"),
        (credential(signer_of(KeyAlgorithm.P256)), signer_of(KeyAlgorithm.P256), "unsupported_key"),
        (credential(issuer, proof={}), issuer, "malformed_credential"),
        (credential(issuer, admin=True), issuer, "unmapped_term"),
    ):
        with pytest.raises(InvalidInput) as raised:
            issue_ed25519_2020(document, signer=signer, at=AT)
        assert raised.value.code == code


def test_it_writes_a_header_without_a_type(issuer: LocalSigner) -> None:
    """What didkit cannot do, so that the documentation stays true."""
    assert "typ" not in parse_jws(issue_vc_claim_jwt(credential(issuer), signer=issuer)).header
