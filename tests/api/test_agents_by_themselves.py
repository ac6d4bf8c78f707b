"""An agent rotates its own key with nothing but that key: every request is signed by it (RFC 9421)."""

from __future__ import annotations

import json

import pytest

from identity.primitives.clock import now
from identity.primitives.multikey import PrivateKey
from registry.client.http_signature import sign_request

from .agent_calls import base64url
from .conftest import Caller
from .test_agents import refused

pytestmark = pytest.mark.django_db


class Robot:
    """An agent on its own: no service key, one private key."""

    def __init__(self, agent, private_key):
        self.agent, self.private_key = agent, private_key
        self.path = f"/v1/agents/{agent.pk}"

    def post(self, path, body):
        data = json.dumps(body).encode()
        headers = sign_request(
            method="POST",
            url="http://testserver" + path,
            body=data,
            keyid=self.private_key.public_key.thumbprint(),
            private_key=self.private_key,
            at=now(),
        )
        return Caller().send("POST", path, raw=data, **headers)

    def rotate(self, new_key, retire="key-1", **members):
        request = {"purpose": "key", "public_key": new_key.public_key.multikey, "agent": self.agent.pk}
        challenge = self.post("/v1/agents/challenges", request).json()
        signature = base64url(new_key.sign(challenge["signing_input"].encode()))
        body = {"challenge": challenge["id"], "signature": signature, "retire": retire, **members}
        return self.post(f"{self.path}/keys/rotate", body)


@pytest.fixture
def robot(acme, make_agent):
    key = PrivateKey.generate()
    return Robot(make_agent(acme, "Robot", private_key=key), key)


def test_it_rotates_its_own_key(robot):
    new_key = PrivateKey.generate()
    answer = robot.rotate(new_key, overlap_seconds=0)
    assert answer.status_code == 201
    assert {key["fragment"]: key["state"] for key in answer.json()["keys"]} == {"key-1": "retired", "key-2": "valid"}
    robot.private_key = new_key
    assert robot.rotate(PrivateKey.generate(), "key-2").status_code == 201


def test_it_cannot_put_a_retiring_key_back_in_charge(robot):
    assert robot.rotate(PrivateKey.generate(), overlap_seconds=3600).status_code == 201
    refused(robot.rotate(PrivateKey.generate(), "key-2"), 403, "agent_may_not")


def test_it_reaches_no_other_agent_of_its_organization(robot, acme, make_agent):
    other = make_agent(acme, "Other")
    body = {"purpose": "key", "public_key": PrivateKey.generate().public_key.multikey, "agent": other.pk}
    refused(robot.post("/v1/agents/challenges", body), 403, "scope_missing")
    rotation = {"challenge": "x", "signature": "A" * 86, "retire": "key-1"}
    refused(robot.post(f"/v1/agents/{other.pk}/keys/rotate", rotation), 403, "scope_missing")


@pytest.mark.parametrize(
    ("rest", "body"),
    [
        ("/keys", {"challenge": "x", "signature": "A" * 86}),
        ("/keys/key-1/revoke", {"reason": "compromised"}),
        ("/suspend", {"reason": "unspecified"}),
        ("/deactivate", {"reason": "unspecified"}),
    ],
)
def test_it_may_do_nothing_else_to_itself(robot, rest, body):
    refused(robot.post(robot.path + rest, body), 403, "scope_missing")
