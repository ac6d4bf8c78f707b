"""Delegations over HTTP: drafted, issued with a recent strong sign-in, passed on, looked at, ended."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client

from identity.accounts.service_keys import SCOPES, create_service_key
from identity.credentials.proofs import eddsa_jcs_2022
from identity.journal.actor import Actor, ActorKind
from identity.primitives.clock import now, rfc3339
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner
from registry.client.http_signature import sign_request
from tests.api.agent_calls import proof
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db

LIMITS = [{"type": "total", "amount": 50000, "currency": "EUR"}]


def body(agent, **changes):
    until = rfc3339(now() + timedelta(days=30))
    return {"agent": agent["id"], "constraints": LIMITS, "valid_until": until, "max_further_depth": 1, **changes}


@pytest.fixture
def signed_in(alice):
    """Alice signs in with a passkey, as far as her session says."""
    from allauth.usersessions.models import UserSession
    from django.contrib.sessions.backends.db import SessionStore

    def sign_in(seconds_ago=0, method="mfa", kind="webauthn"):
        client = Client()
        client.force_login(alice)
        key = client.cookies["attorn_session"].value
        record = {"method": method, "type": kind, "at": now().timestamp() - seconds_ago}
        session = SessionStore(key)
        session["account_authentication_methods"] = [record]
        session.save()
        UserSession.objects.get_or_create(session_key=key, defaults={"user": alice, "ip": "127.0.0.1"})
        return session

    return sign_in


@pytest.fixture
def make(program):
    def make(name):
        key = PrivateKey.generate()
        answer = program.post("/v1/agents", {**proof(program, key), "display_name": name})
        return answer.json() | {"key": key}

    return make


@pytest.fixture
def planner(make):
    return make("Planner")


@pytest.fixture
def buyer(make):
    return make("Buyer")


@pytest.fixture
def root(program, planner, signed_in):
    signed_in()
    answer = program.post("/v1/delegations", body(planner))
    assert answer.status_code == 201, answer.content
    return answer.json()


def child_of(program, parent, issuer, holder, **changes):
    """A drafted and signed child."""
    wanted = body(holder, parent=parent["id"], max_further_depth=0, valid_until=parent["valid_until"], **changes)
    answer = program.post("/v1/delegations/drafts", wanted)
    assert answer.status_code == 201, answer.content
    assert answer.json()["approve_url"] is None
    signer = LocalSigner(issuer["key"], f"{issuer['did']}#key-1")
    return eddsa_jcs_2022.secure(
        answer.json()["document"], signer=signer, created=now(), purpose="capabilityDelegation"
    )


def code(answer):
    return answer.status_code, answer.json().get("code")


def test_it_issues_a_root_to_whoever_has_just_signed_in_strongly(root, planner):
    assert root["agent"] == planner["id"]
    assert (root["status"], root["effective_status"], root["reasons"]) == ("active", "active", [])
    assert root["chain"][0]["evidence"][0]["type"] == "StrongSignIn"
    assert root["constraints"][0] == {
        "id": "L1", "type": "total", "amount": 50000, "currency": "EUR", "exponent": 2, "refundRestores": False,
    }  # fmt: skip
    assert [row["id"] for row in root["tree"]] == [root["id"]]
    assert root["receipt"].count(".") == 2


@pytest.mark.parametrize(
    "sign_in",
    [None, {"seconds_ago": 901}, {"method": "password", "kind": None}, {"kind": "recovery_codes"}],
    ids=["never", "long ago", "by password", "by recovery code"],
)
def test_it_asks_the_person_first(program, planner, signed_in, sign_in):
    if sign_in is not None:
        signed_in(**sign_in)
    assert code(program.post("/v1/delegations", body(planner))) == (403, "insufficient_user_authentication")


def test_it_counts_no_session_that_was_ended(program, planner, signed_in):
    signed_in().delete()
    assert code(program.post("/v1/delegations", body(planner))) == (403, "insufficient_user_authentication")


def test_it_counts_no_session_from_before_the_password_was_changed(program, planner, signed_in, alice):
    signed_in()
    alice.set_password("another one altogether")
    alice.save(update_fields=["password"])
    assert code(program.post("/v1/delegations", body(planner))) == (403, "insufficient_user_authentication")


def test_it_counts_no_sign_in_of_somebody_who_may_not_any_more(program, planner, signed_in, alice, bob, acme):
    from identity.accounts.models import Membership

    signed_in()
    Membership.objects.filter(user=bob, organization=acme).update(role="owner")
    Membership.objects.filter(user=alice, organization=acme).update(role="developer")
    assert code(program.post("/v1/delegations", body(planner))) == (403, "insufficient_user_authentication")


def test_it_drafts_without_a_person_and_issues_the_draft_with_one(program, planner, signed_in, acme):
    draft = program.post("/v1/delegations/drafts", body(planner)).json()
    assert draft["approve_url"].endswith(f"/console/{acme.pk}/delegations/drafts/{draft['id']}/")
    assert draft["sentence"] == draft["document"]["description"]
    wanted = {"draft": draft["id"]}
    assert code(program.post("/v1/delegations", wanted)) == (403, "insufficient_user_authentication")
    signed_in()
    issued = program.post("/v1/delegations", wanted)
    assert issued.status_code == 201, issued.content
    assert issued.json()["id"] == draft["id"]
    assert code(program.post("/v1/delegations", wanted)) == (409, "draft_already_used")


def test_it_registers_a_child_and_shows_the_tree(program, root, planner, buyer):
    signed = child_of(program, root, planner, buyer)
    child = program.post("/v1/delegations", {"credential": signed})
    assert child.status_code == 201, child.content
    assert child.json()["path"] == [root["id"], child.json()["id"]]
    assert child.json()["chain"][-1] == signed
    tree = program.get(f"/v1/delegations/{root['id']}").json()["tree"]
    assert [row["depth"] for row in tree] == [0, 1]
    listed = program.get(f"/v1/delegations?root={root['id']}").json()["items"]
    assert {row["id"] for row in listed} == {root["id"], child.json()["id"]}


def test_it_drafts_nothing_for_a_bare_key(program, root, planner, buyer):
    did = f"did:key:{PrivateKey.generate().public_key.multikey}"
    for wanted in (body({"id": did}), body({"id": did}, parent=root["id"], max_further_depth=0)):
        assert code(program.post("/v1/delegations/drafts", wanted)) == (422, "holder_unregistered")


def test_it_replaces_a_child_by_a_signed_one(program, root, planner, buyer):
    old = program.post("/v1/delegations", {"credential": child_of(program, root, planner, buyer)}).json()
    signed = child_of(program, root, planner, buyer, replaces=old["id"])
    elsewhere = program.post(f"/v1/delegations/{root['id']}/replace", {"credential": signed})
    assert code(elsewhere) == (422, "replacement_differs")
    new = program.post(f"/v1/delegations/{old['id']}/replace", {"credential": signed})
    assert new.status_code == 201, new.content
    assert new.json()["replaces"] == old["id"]
    assert program.get(f"/v1/delegations/{old['id']}").json()["status_reason"] == "replaced"


def test_it_replaces_a_root(program, root, planner):
    wanted = body(planner, valid_until=root["valid_until"])
    new = program.post(f"/v1/delegations/{root['id']}/replace", wanted)
    assert new.status_code == 201, new.content
    assert new.json()["replaces"] == root["id"]


def test_it_suspends_resumes_and_revokes_with_everything_below(program, root, planner, buyer):
    child = program.post("/v1/delegations", {"credential": child_of(program, root, planner, buyer)}).json()
    path = f"/v1/delegations/{root['id']}"
    assert program.post(f"{path}/suspend", {"reason": "paused"}).json()["status_set_by"] == "principal"
    seen = program.get(f"/v1/delegations/{child['id']}").json()
    assert (seen["status"], seen["effective_status"]) == ("active", "suspended")
    assert seen["reasons"][0]["code"] == "chain_link_suspended"
    assert program.post(f"{path}/resume", {}).json()["effective_status"] == "active"
    assert program.post(f"{path}/revoke", {"reason": "misuse"}).json()["status"] == "revoked"
    assert program.get(f"/v1/delegations/{child['id']}").json()["effective_status"] == "revoked"
    assert code(program.post(f"{path}/resume", {})) == (409, "delegation_revoked")
    assert program.post(f"{path}/revoke", {"reason": "legal_order"}).status_code == 422


def test_it_pauses_everything_in_one_call_and_goes_on_with_a_person_only(program, root, signed_in, planner):
    from allauth.usersessions.models import UserSession

    assert program.get("/v1/principals/me/freeze").json() == {"frozen": False, "frozen_at": None, "delegations": 1}
    assert program.post("/v1/principals/me/freeze", {}).json()["frozen"] is True
    assert program.get(f"/v1/delegations/{root['id']}").json()["reasons"][0]["code"] == "frozen_by_principal"
    assert code(program.post("/v1/delegations", body(planner))) == (409, "principal_frozen")
    UserSession.objects.all().delete()
    assert code(program.post("/v1/principals/me/unfreeze", {})) == (403, "insufficient_user_authentication")
    signed_in()
    assert program.post("/v1/principals/me/unfreeze", {}).json()["frozen"] is False


def test_it_does_not_exist_for_strangers(root, stranger, planner, buyer, program):
    path = f"/v1/delegations/{root['id']}"
    calls = [
        stranger.get(path),
        stranger.get("/v1/delegations/dlg_none"),
        stranger.post(f"{path}/revoke", {"reason": "misuse"}),
        stranger.post(f"{path}/suspend", {"reason": "paused"}),
        stranger.post(f"{path}/resume", {}),
        stranger.post(f"{path}/replace", body(planner)),
        stranger.post("/v1/delegations/drafts", body(planner, parent=root["id"])),
        stranger.post("/v1/delegations", {"credential": child_of(program, root, planner, buyer)}),
    ]
    assert {code(answer) for answer in calls} == {(404, "not_found")}
    assert stranger.get("/v1/delegations").json()["items"] == []


def test_it_needs_the_scope(root, reader):
    path = f"/v1/delegations/{root['id']}"
    assert code(reader.get(path)) == (403, "scope_missing")
    assert code(reader.post(f"{path}/revoke", {"reason": "misuse"})) == (403, "scope_missing")
    assert code(reader.post("/v1/principals/me/freeze", {})) == (403, "scope_missing")


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({}, 422),
        ({"draft": "dlg_none"}, 404),
        ({"credential": {}}, 422),
        ({"credential": []}, 422),
        ({"credential": {"relatedResource": [{"id": 5}]}}, 422),
        ({"draft": "dlg_x", "credential": {}}, 422),
    ],
)
def test_it_refuses_what_is_none_of_the_three(program, signed_in, wanted, status):
    signed_in()
    assert program.post("/v1/delegations", wanted).status_code == status


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"constraints": [{"type": "total", "amount": -1, "currency": "EUR"}]}, "amount_invalid"),
        ({"constraints": [{"type": "total", "amount": 40.5, "currency": "EUR"}]}, "amount_invalid"),
        ({"constraints": [{"type": "total", "amount": 10**15, "currency": "EUR"}]}, "amount_overflow"),
        ({"constraints": [{"type": "total", "amount": 4000, "currency": "USDC"}]}, "currency_unknown"),
        (
            {"constraints": [{"type": "total", "amount": 4000, "currency": "JPY", "exponent": 2}]},
            "amount_scale_mismatch",
        ),
        ({"constraints": [{"type": "whim"}]}, "unknown_limit_type"),
        ({"constraints": [{"type": "count", "max": 1, "min": 0}]}, "unknown_limit_type"),
        ({"constraints": LIMITS * 17}, "invalid_input"),
        ({"valid_until": "2020-01-01T00:00:00Z"}, "validity_invalid"),
        ({"surprise": 1}, "unknown_field"),
        ({"audience": ["everybody"]}, "credential_invalid"),
    ],
)
def test_it_says_what_is_wrong_with_the_terms(program, planner, signed_in, changes, refused):
    signed_in()
    answer = program.post("/v1/delegations", body(planner, **changes)).json()
    assert answer["code"] == refused or answer["errors"][0]["code"] == refused


def test_it_answers_the_same_key_with_the_same_delegation(program, planner, signed_in):
    signed_in()
    wanted = body(planner)
    first, second = (program.post("/v1/delegations", wanted, idempotency_key="root-1") for _ in range(2))
    assert first.json()["id"] == second.json()["id"]


def test_it_never_hands_out_the_roots_of_others_in_their_organization(program, root, acme, bob, at):
    """Bob's read-only program sees them, since it is Acme's; it may change nothing."""
    actor = Actor(ActorKind.USER, bob.pk)
    key, token = create_service_key(
        organization=acme, name="Bob", scopes=["delegations_read"], expires_at=None, actor=actor, at=at, created_by=bob
    )
    his = Caller(token, key)
    assert his.get(f"/v1/delegations/{root['id']}").status_code == 200
    assert code(his.post(f"/v1/delegations/{root['id']}/suspend", {"reason": "paused"})) == (403, "scope_missing")
    assert SCOPES.DELEGATIONS_WRITE not in key.scopes


class Robot:
    """An agent on its own: no service key, one private key."""

    def __init__(self, agent):
        self.agent = agent

    def send(self, method, path, wanted=None):
        data = b"" if wanted is None else json.dumps(wanted).encode()
        headers = sign_request(
            method=method,
            url="http://testserver" + path,
            body=data,
            keyid=self.agent["key"].public_key.thumbprint(),
            private_key=self.agent["key"],
            at=now(),
        )
        return Caller().send(method, path, raw=data, **headers)

    def get(self, path):
        return self.send("GET", path)

    def post(self, path, wanted):
        return self.send("POST", path, wanted)


def test_an_agent_passes_on_what_it_holds_by_its_own_key(root, planner, buyer):
    by_itself, other = Robot(planner), Robot(buyer)
    signed = child_of(by_itself, root, planner, buyer)
    assert code(other.post("/v1/delegations", {"credential": signed})) == (404, "not_found")
    child = by_itself.post("/v1/delegations", {"credential": signed})
    assert child.status_code == 201, child.content
    path = f"/v1/delegations/{child.json()['id']}"
    assert [row["id"] for row in other.get("/v1/delegations").json()["items"]] == [child.json()["id"]]
    assert code(other.get(f"/v1/delegations/{root['id']}")) == (404, "not_found")
    assert other.post(f"{path}/suspend", {"reason": "self_report"}).json()["status_set_by"] == "holder"
    assert code(other.post(f"{path}/revoke", {"reason": "misuse"})) == (403, "delegation_not_yours")
    assert by_itself.post(f"{path}/revoke", {"reason": "misuse"}).json()["status"] == "revoked"
    assert code(by_itself.post(f"/v1/delegations/{root['id']}/revoke", {"reason": "misuse"}))[0] == 403


def test_an_agent_gives_itself_no_root_and_pauses_nobody(root, planner):
    robot = Robot(planner)
    assert code(robot.post("/v1/delegations/drafts", body(planner))) == (422, "principal_unknown")
    assert code(robot.post("/v1/delegations", body(planner))) == (422, "principal_unknown")
    assert code(robot.post("/v1/principals/me/freeze", {})) == (403, "scope_missing")
    assert code(robot.post("/v1/principals/me/unfreeze", {})) == (403, "scope_missing")


def test_a_holder_sees_what_is_left_of_its_own_link_only(root, planner, buyer, program):
    child = program.post("/v1/delegations", {"credential": child_of(program, root, planner, buyer)}).json()
    seen = Robot(buyer).get(f"/v1/delegations/{child['id']}").json()
    assert list(seen["usage"]) == [child["id"]]
    assert seen["usage"][child["id"]][0]["remaining"] == 50000
    whole = program.get(f"/v1/delegations/{root['id']}").json()["usage"]
    assert set(whole) == {root["id"], child["id"]}
    assert set(Robot(planner).get(f"/v1/delegations/{root['id']}").json()["usage"]) == {root["id"]}
    assert Robot(planner).get(f"/v1/delegations/{child['id']}").json()["usage"] == {}
