"""``/v1/credentials``, ``/v1/verify`` and ``/v1/issuers``: an organization's own papers, end to end."""

from __future__ import annotations

import pytest

from identity.credentials.proofs.data_integrity import add_proofs
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner

from .agent_calls import registered


@pytest.fixture
def agent(program):
    return registered(program)


def issue(program, agent, **wanted):
    answer = program.post("/v1/credentials", {"agent": agent["id"], **wanted})
    assert answer.status_code == 201, answer.content
    return answer.json()


def verdict(program, document):
    answer = program.post("/v1/verify", {"credentials": [document]})
    assert answer.status_code == 200, answer.content
    return answer.json()["results"][0]


def check(result, name):
    found = next(each for each in result["checks"] if each["name"] == name)
    return found["outcome"], found["code"]


def test_it_gives_an_agent_its_identity_credential_at_registration(program, agent):
    [credential] = program.get("/v1/credentials").json()["items"]
    shown = program.get(f"/v1/credentials/{credential['id']}").json()
    subject = shown["document"]["credentialSubject"]
    assert (shown["kind"], shown["standing"], shown["agent"]) == ("identity", "active", agent["id"])
    assert subject["id"] == agent["did"]
    assert subject["verificationKey"][0]["id"] == f"{agent['did']}#key-1"
    assert subject["accountableParty"]["displayName"] == "Acme"
    assert verdict(program, shown["document"])["verified"] is True


FORMATS = ["data_integrity", "data_integrity_v1", "vc+jwt", "dc+sd-jwt", "ed25519_signature_2020", "vc_claim_jwt"]


@pytest.mark.parametrize("kind", ["identity", "statement"])
@pytest.mark.parametrize("form", FORMATS)
def test_it_verifies_what_it_issues_in_every_format(program, agent, kind, form):
    wanted = {"statement": "May book flights for us."} if kind == "statement" else {}
    shown = issue(program, agent, kind=kind, format=form, **wanted)
    result = verdict(program, shown["document"])
    assert result["verified"] is True, result
    assert (result["format"], result["subjects"]) == (form, [agent["did"]])
    assert check(result, "issuer") == ("passed", "ok")


@pytest.mark.parametrize("algorithm", ["P-256", "P-384"])
@pytest.mark.parametrize("form", ["data_integrity", "vc+jwt", "dc+sd-jwt"])
def test_it_signs_with_other_kinds_of_key_on_request(program, agent, form, algorithm):
    shown = issue(program, agent, format=form, algorithm=algorithm)
    assert verdict(program, shown["document"])["verified"] is True


@pytest.mark.parametrize("form", ["data_integrity", "vc+jwt", "dc+sd-jwt"])
def test_it_suspends_reinstates_and_revokes_with_the_next_answer(program, agent, form):
    shown = issue(program, agent, format=form)
    act = lambda verb, body=None: program.post(f"/v1/credentials/{shown['id']}/{verb}", body or {})  # noqa: E731
    assert act("suspend", {"reason": "under_review"}).json()["standing"] == "suspended"
    assert check(verdict(program, shown["document"]), "status") == ("failed", "suspended")
    assert act("suspend", {"reason": "under_review"}).json()["code"] == "credential_already_suspended"
    assert act("reinstate").json()["standing"] == "active"
    assert verdict(program, shown["document"])["verified"] is True
    assert act("revoke", {"reason": "privilege_withdrawn"}).json()["standing"] == "revoked"
    assert check(verdict(program, shown["document"]), "status") == ("failed", "revoked")
    assert act("reinstate").status_code == act("revoke", {"reason": "unspecified"}).status_code == 410


def test_it_counts_a_suspended_agents_credentials_out_before_any_reader_ran(program, agent):
    shown = issue(program, agent)
    program.post(f"/v1/agents/{agent['id']}/suspend", {"reason": "maintenance"})
    assert check(verdict(program, shown["document"]), "status") == ("failed", "suspended")
    assert program.post("/v1/credentials", {"agent": agent["id"]}).json()["code"] == "agent_suspended"
    program.post(f"/v1/agents/{agent['id']}/reinstate", {})
    assert verdict(program, shown["document"])["verified"] is True
    program.post(f"/v1/agents/{agent['id']}/deactivate", {"reason": "replaced"})
    assert check(verdict(program, shown["document"]), "status") == ("failed", "revoked")


def test_it_shows_nobody_the_credentials_of_others(program, stranger, agent):
    shown = issue(program, agent)
    assert stranger.get("/v1/credentials").json()["items"] == []
    assert stranger.get(f"/v1/credentials/{shown['id']}").status_code == 404
    assert stranger.post(f"/v1/credentials/{shown['id']}/revoke", {"reason": "unspecified"}).status_code == 404
    assert stranger.post("/v1/credentials", {"agent": agent["id"]}).status_code == 404


def test_it_lets_an_organization_sign_what_it_states_itself(program, agent):
    own = PrivateKey.generate()
    issuer = program.post("/v1/issuers", {"method": "key", "public_key": own.public_key.multikey}).json()
    assert issuer["did"] == f"did:key:{own.public_key.multikey}"
    refused = program.post("/v1/credentials", {"agent": agent["id"], "kind": "statement", "statement": "Ours."})
    assert (refused.status_code, refused.json()["code"]) == (409, "issuer_key_elsewhere")
    prepared = program.post("/v1/credentials/prepared", {"agent": agent["id"], "statement": "Ours."}).json()
    signer = LocalSigner(own, f"{issuer['did']}#{own.public_key.multikey}")
    signed = add_proofs(prepared["document"], signer=signer, created=_instant(prepared["document"]["validFrom"]))
    complete = lambda body: program.post(f"/v1/credentials/prepared/{prepared['id']}/complete", {"secured": body})  # noqa: E731
    forged = {**signed, "validUntil": "2099-01-01T00:00:00Z"}
    assert complete(forged).json()["code"] == "prepared_mismatch"
    stranger = LocalSigner(PrivateKey.generate(), signer.verification_method)
    assert complete(add_proofs(prepared["document"], signer=stranger, created=_instant("2026-01-01T00:00:00Z"))).json()[
        "code"
    ] == ("malformed_proof")
    stored = complete(signed)
    assert stored.status_code == 201, stored.content
    assert verdict(program, signed)["verified"] is True
    assert complete(signed).json()["code"] == "prepared_ended"
    program.post(f"/v1/credentials/{stored.json()['id']}/revoke", {"reason": "unspecified"})
    assert check(verdict(program, signed), "status") == ("failed", "revoked")


def test_it_keeps_old_statements_good_when_a_key_is_replaced_and_ends_them_when_it_is_revoked(program, agent):
    shown = issue(program, agent, kind="statement", statement="Ours.")
    [issuer] = program.get("/v1/issuers").json()["items"]
    address = f"/v1/issuers/{issuer['id']}/keys"
    assert len(program.post(address, {}).json()["keys"]) == 2
    assert verdict(program, shown["document"])["verified"] is True
    document = program.get(f"/organizations/{issuer['did'].rsplit(':', 1)[1]}/did.json").json()
    assert len(document["verificationMethod"]) == 2
    program.post(f"{address}/{issuer['keys'][0]['fragment']}/revoke", {})
    assert check(verdict(program, shown["document"]), "proof")[0] == "failed"


def test_it_issues_under_a_domain_only_once_it_is_proven(program):
    refused = program.post("/v1/issuers", {"method": "domain", "domain": "bank.example"})
    assert (refused.status_code, refused.json()["code"]) == (422, "issuer_domain_unproven")
    assert program.post("/v1/issuers", {"method": "domain"}).json()["code"] == "issuer_domain_missing"


def test_it_needs_the_scope_to_issue(reader, program, agent):
    assert reader.post("/v1/credentials", {"agent": agent["id"]}).status_code == 403
    assert reader.get("/v1/credentials").status_code == 200


def _instant(text):
    from datetime import datetime

    return datetime.fromisoformat(text)
