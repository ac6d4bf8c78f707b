"""The W3C VC-API doors: what verifies is a 200, whatever does not is a problem document that says why."""

from __future__ import annotations

import pytest

from identity.credentials.models import Credential
from identity.credentials.tenant_issuers import hosted_issuer_did

V2 = "https://www.w3.org/ns/credentials/v2"


@pytest.fixture
def issuer(acme):
    return hosted_issuer_did(acme.pk)


def unsigned(issuer, **members):
    return {
        "@context": [V2],
        "type": ["VerifiableCredential"],
        "issuer": issuer,
        "credentialSubject": {"id": "did:example:subject"},
        **members,
    }


def issued(program, credential, **options):
    answer = program.post("/credentials/issue", {"credential": credential, **({"options": options} if options else {})})
    assert answer.status_code == 201, answer.content
    return answer.json()["verifiableCredential"]


def verified(program, credential, **options):
    return program.post(
        "/credentials/verify", {"verifiableCredential": credential, **({"options": options} if options else {})}
    )


def checks_of(answer):
    return {check["name"]: (check["outcome"], check["code"]) for check in answer.json()["checks"]}


def test_it_issues_a_proof_set_that_it_verifies(program, issuer):
    credential = issued(program, unsigned(issuer))
    assert [proof["cryptosuite"] for proof in credential["proof"]] == ["eddsa-jcs-2022", "eddsa-rdfc-2022"]
    assert [entry["statusPurpose"] for entry in credential["credentialStatus"]] == ["revocation", "suspension"]
    answer = verified(program, credential)
    assert answer.status_code == 200, answer.content
    assert answer.json()["verified"] is True
    assert checks_of(answer)["status"] == ("passed", "ok")


@pytest.mark.parametrize("suite", ["eddsa-jcs-2022", "eddsa-rdfc-2022", "ecdsa-jcs-2019", "ecdsa-rdfc-2019"])
def test_it_issues_with_the_one_suite_that_was_asked_for(program, issuer, suite):
    credential = issued(program, unsigned(issuer), cryptosuite=suite)
    assert credential["proof"]["cryptosuite"] == suite
    assert verified(program, credential).status_code == 200


def test_it_issues_and_verifies_a_token_in_its_envelope(program, issuer):
    envelope = issued(program, unsigned(issuer), format="vc+jwt")
    assert envelope["type"] == "EnvelopedVerifiableCredential"
    assert verified(program, envelope).status_code == 200
    assert verified(program, envelope["id"].partition(",")[2]).status_code == 200


def test_it_never_says_no_with_a_200(program, issuer):
    credential = issued(program, unsigned(issuer))
    answer = verified(program, {**credential, "credentialSubject": {"id": "did:example:another"}})
    assert answer.status_code == 400
    assert answer.json()["verified"] is False
    assert answer.json()["code"] == "not_verified"
    assert checks_of(answer)["proof"][0] == "failed"


def test_it_follows_a_revocation_and_a_suspension_at_once(program, issuer):
    credential = issued(program, unsigned(issuer, id="urn:uuid:8d7b8d3e-9e4c-4a44-93a0-2a3b8f6d7a01"))

    def change(purpose, status=True):
        body = {
            "credentialId": credential["id"],
            "credentialStatus": {"type": "BitstringStatusListEntry", "statusPurpose": purpose},
            "status": status,
        }
        return program.post("/credentials/status", body)

    assert change("suspension").json()["changed"] == 1
    assert checks_of(verified(program, credential))["status"] == ("failed", "suspended")
    assert change("suspension", status=False).json()["changed"] == 1
    assert verified(program, credential).status_code == 200
    assert change("revocation").json()["changed"] == 1
    assert change("revocation").json()["changed"] == 0
    assert checks_of(verified(program, credential))["status"] == ("failed", "revoked")
    assert change("revocation", status=False).status_code == 409


def test_it_refuses_to_issue_in_the_name_of_another(program, issuer):
    answer = program.post("/credentials/issue", {"credential": unsigned("did:web:bank.example")})
    assert (answer.status_code, answer.json()["code"]) == (422, "issuer_not_yours")
    assert not Credential.objects.exists()


@pytest.mark.parametrize("algorithm", ["Ed25519", "P-256", "P-384"])
def test_it_issues_as_a_did_key_of_any_kind_without_being_told_the_suite(program, algorithm):
    issuer = program.post("/v1/issuers", {"method": "key", "algorithm": algorithm}).json()
    credential = issued(program, unsigned(issuer["did"]))
    assert verified(program, credential).status_code == 200
    token = issued(program, unsigned(issuer["did"]), format="vc+jwt")
    assert verified(program, token).status_code == 200


def test_it_takes_the_same_document_twice_for_one(program, issuer):
    """A document with an id and a status of its own is signed into the same bytes within one second."""
    own = unsigned(issuer, id="urn:uuid:8d7b8d3e-9e4c-4a44-93a0-2a3b8f6d7a02") | {
        "@context": [V2, {"LocalStatus": "https://acme.example/terms#LocalStatus"}],
        "credentialStatus": {"id": "https://acme.example/status/1", "type": "LocalStatus"},
    }
    first, second = issued(program, own), issued(program, own)
    assert Credential.objects.count() == (1 if first == second else 2)
