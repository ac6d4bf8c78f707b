"""Requests signed by an agent's key (RFC 9421): what comes in, and each attack that does not."""

from __future__ import annotations

import base64
import json
import threading
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from identity.agents.models import Agent, AgentStatus, KeyPurpose, VerificationMethod
from identity.primitives.errors import Unauthenticated
from identity.primitives.multikey import AGENT_KEY_ALGORITHMS, KeyAlgorithm, PrivateKey
from registry.api.nonces import remember_nonce
from registry.client.http_signature import sign_request
from tests.api.conftest import Caller
from tests.api.test_problems import problem

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.probe")]

HOST = "http://testserver"


class Signing:
    """An agent of Acme's with its key, and a client that signs with it."""

    def __init__(self, organization, at, algorithm=KeyAlgorithm.ED25519) -> None:
        self.at = at
        self.private_key = PrivateKey.generate(algorithm)
        self.agent = Agent.objects.create(
            did=f"did:web:localhost%3A8000:agents:{algorithm.lower()}", organization=organization, display_name="Robot"
        )
        public = self.private_key.public_key
        self.method = VerificationMethod.objects.create(
            agent=self.agent,
            fragment="key-1",
            multikey=public.multikey,
            algorithm=public.algorithm,
            thumbprint=public.thumbprint(),
            purposes=[KeyPurpose.AUTHENTICATION],
            valid_from=at - timedelta(days=1),
        )

    def headers(self, method="GET", path="/v1/caller", body=b"", **options):
        wanted = {"keyid": self.method.thumbprint, "private_key": self.private_key, "at": self.at, **options}
        return sign_request(method=method, url=HOST + path, body=body, **wanted)

    def send(self, method="GET", path="/v1/caller", body=b"", headers=None):
        return Caller().send(method, path, raw=body, **(headers or self.headers(method, path, body)))


@pytest.fixture
def robot(acme, at):
    return Signing(acme, at)


def refused(response, code="invalid_signature", status=401):
    return problem(response, status, code)


def resigned(robot, change, **options):
    """The robot's own signature over changed parameters: what a careless or hostile client could really make."""
    headers = robot.headers(**options)
    parameters = change(headers["Signature-Input"].removeprefix("sig1="))
    url = urlsplit(HOST + options.get("path", "/v1/caller"))
    values = {
        "@method": options.get("method", "GET"),
        "@authority": url.netloc,
        "@target-uri": url.geturl(),
        "@path": url.path,
        "@query": f"?{url.query}",
        "content-digest": headers.get("Content-Digest", ""),
    }
    names = [name.strip('"') for name in parameters[1 : parameters.index(")")].split()]
    lines = [f'"{name}": {values[name]}' for name in names] + [f'"@signature-params": {parameters}']
    signature = base64.b64encode(robot.private_key.sign("\n".join(lines).encode())).decode()
    return {**headers, "Signature-Input": f"sig1={parameters}", "Signature": f"sig1=:{signature}:"}


@pytest.mark.parametrize("algorithm", AGENT_KEY_ALGORITHMS)
def test_it_knows_the_agent_by_its_thumbprint(acme, at, algorithm):
    robot = Signing(acme, at, algorithm)
    document = robot.send().json()
    assert (document["kind"], document["id"], document["did"]) == ("agent", robot.agent.id, robot.agent.did)
    assert document["organization"]["id"] == acme.id


@pytest.mark.parametrize("did", ["did:web:localhost%3A8000:agents:ed25519", "did:web:localhost:8000:agents:ed25519"])
def test_it_knows_the_agent_by_a_did_url(robot, did):
    assert robot.send(headers=robot.headers(keyid=f"{did}#key-1")).json()["id"] == robot.agent.id


def test_it_takes_a_signed_body(robot):
    body = json.dumps({"name": "x"}).encode()
    assert robot.send("PUT", "/v1/probes", body).status_code == 200


def test_it_takes_path_and_query_in_place_of_the_target(robot):
    headers = resigned(robot, lambda text: text.replace('"@target-uri"', '"@path" "@query"'), path="/v1/caller?a=%20b")
    assert robot.send(path="/v1/caller?a=%20b", headers=headers).status_code == 200


def test_it_refuses_the_same_request_twice(robot):
    headers = robot.headers()
    assert robot.send(headers=headers).status_code == 200
    refused(robot.send(headers=headers), "signature_replayed")


def test_it_refuses_a_nonce_that_was_used_for_another_request(robot):
    nonce = "n" * 24
    assert robot.send(headers=robot.headers(nonce=nonce)).status_code == 200
    refused(robot.send(path="/v1/probes", headers=robot.headers(path="/v1/probes", nonce=nonce)), "signature_replayed")


def test_it_lets_another_agent_use_the_same_nonce(robot, acme, at):
    other = Signing(acme, at, KeyAlgorithm.P256)
    assert robot.send(headers=robot.headers(nonce="n" * 24)).status_code == 200
    assert other.send(headers=other.headers(nonce="n" * 24)).status_code == 200


def test_it_refuses_signed_requests_when_replays_cannot_be_told(robot, no_redis):
    refused(robot.send(), "unavailable", 503)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("PUT", "/v1/probes", b""), ("GET", "/v1/caller", b""), ("GET", "/v1/probes?x=1", b"")],
)
def test_it_refuses_a_signature_made_for_another_request(robot, method, path, body):
    refused(robot.send(method, path, body, headers=robot.headers(path="/v1/probes")))


def test_it_refuses_a_signature_made_for_another_registry(robot):
    headers = sign_request(
        method="GET",
        url="http://other.example/v1/caller",
        body=b"",
        private_key=robot.private_key,
        keyid=robot.method.thumbprint,
        at=robot.at,
    )
    refused(robot.send(headers=headers))


def test_it_refuses_a_body_that_was_changed_on_the_way(robot):
    headers = robot.headers("PUT", "/v1/probes", b'{"name": "x"}')
    refused(robot.send("PUT", "/v1/probes", b'{"name": "y"}', headers=headers))


def test_it_refuses_a_body_that_was_added_on_the_way(robot):
    refused(robot.send("PUT", "/v1/probes", b"{}", headers=robot.headers("PUT", "/v1/probes")))


def test_it_refuses_a_body_whose_digest_was_swapped_with_it(robot):
    headers = robot.headers("PUT", "/v1/probes", b'{"name": "x"}')
    headers["Content-Digest"] = robot.headers("PUT", "/v1/probes", b'{"name": "y"}')["Content-Digest"]
    refused(robot.send("PUT", "/v1/probes", b'{"name": "y"}', headers=headers))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"@method" ', ""),
        lambda text: text.replace('"@authority" ', ""),
        lambda text: text.replace(' "@target-uri"', ""),
        lambda text: text.replace('"@target-uri"', '"@path"'),
        lambda text: text.replace(";nonce=", ";other="),
        lambda text: text.replace(";created=", ";other="),
        lambda text: text.replace(";keyid=", ";other="),
        lambda text: text.replace('alg="ed25519"', 'alg="hmac-sha256"'),
        lambda text: text.replace('alg="ed25519"', 'alg="ecdsa-p256-sha256"'),
        lambda text: text.replace('"@method"', '"@method" "@method"'),
    ],
    ids=["method", "authority", "target", "no query", "nonce", "created", "keyid", "hmac", "p256", "twice"],
)
def test_it_refuses_its_own_signature_over_too_little(robot, change):
    refused(robot.send(headers=resigned(robot, change)))


def test_it_refuses_a_body_that_the_signature_does_not_cover(robot):
    headers = resigned(
        robot, lambda text: text.replace(' "content-digest"', ""), method="PUT", path="/v1/probes", body=b"{}"
    )
    refused(robot.send("PUT", "/v1/probes", b"{}", headers=headers))


@pytest.mark.parametrize("nonce", ["short", "x" * 129])
def test_it_refuses_a_nonce_of_the_wrong_length(robot, nonce):
    refused(robot.send(headers=robot.headers(nonce=nonce)))


@pytest.mark.parametrize("seconds", [-310, 30])
def test_it_refuses_an_old_signature_and_one_from_the_future(robot, at, seconds):
    refused(robot.send(headers=robot.headers(at=at + timedelta(seconds=seconds))))


def test_it_refuses_a_signature_that_wants_to_live_long(robot, at):
    created = int(at.timestamp())
    headers = resigned(robot, lambda text: text.replace(f"expires={created + 60}", f"expires={created + 3600}"))
    refused(robot.send(headers=headers))


def test_it_refuses_mallorys_key_under_the_robots_name(robot):
    refused(robot.send(headers=robot.headers(private_key=PrivateKey.generate())))


@pytest.mark.parametrize("keyid", ["unknown", "did:web:nowhere.example#key-1", "did:x", "did:web:a b#k", "#key-1"])
def test_it_refuses_a_key_it_does_not_know(robot, keyid):
    refused(robot.send(headers=robot.headers(keyid=keyid)))


@pytest.mark.parametrize("field", ["revoked_at", "valid_until"])
def test_it_refuses_a_key_that_has_ended(robot, at, field):
    VerificationMethod.objects.update(**{field: at - timedelta(seconds=1)})
    refused(robot.send())


def test_it_refuses_a_key_kept_for_another_purpose(robot):
    VerificationMethod.objects.update(purposes=[KeyPurpose.ASSERTION])
    refused(robot.send())


@pytest.mark.parametrize("status", [AgentStatus.SUSPENDED, AgentStatus.DEACTIVATED])
def test_it_refuses_an_agent_that_may_not_act(robot, status):
    Agent.objects.update(status=status)
    refused(robot.send(), "signer_not_permitted", 403)


def test_it_does_not_tell_a_stranger_that_an_agent_is_suspended(robot):
    Agent.objects.update(status=AgentStatus.SUSPENDED)
    refused(robot.send(headers=robot.headers(private_key=PrivateKey.generate())))


def test_it_refuses_two_credentials_at_once(robot, program):
    refused(program.get("/v1/caller", **robot.headers()))


def test_it_chooses_among_signatures_by_the_signed_tag(robot):
    own, other = robot.headers(), resigned(robot, lambda text: text.replace('tag="attorn"', 'tag="proxy"'))
    both = {
        "Signature-Input": f"{own['Signature-Input']}, {other['Signature-Input'].replace('sig1=', 'sig2=', 1)}",
        "Signature": f"{own['Signature']}, {other['Signature'].replace('sig1=', 'sig2=', 1)}",
    }
    assert robot.send(headers=both).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Signature": "sig1=:AA==:"},
        {"Signature_Input": 'sig1=("@method");created=1'},
        {"Signature": "sig1=:AA==:", "Signature_Input": "nonsense("},
        {"Signature": "sig1=:AA==:", "Signature_Input": "sig1=1"},
        {"Signature": "sig1=:AA==:", "Signature_Input": 'sig1=();keyid="x"'},
        {"Signature": "sig1=1", "Signature_Input": 'sig1=();keyid="x"'},
        {"Signature": "sig1=:AA==:", "Signature_Input": "sig1=" + "x" * 5000},
        {"Signature": "sig1=:AA==:", "Signature_Input": 'sig1=("@method"), sig2=("@method")'},
        {"Signature": "sig1=:AA==:", "Signature_Input": "sig1=();keyid=1"},
        {"Signature": "sig1=:AA==:", "Signature_Input": 'sig1=("é");keyid="x"'},
    ],
)
def test_it_refuses_fields_that_are_no_signature(nobody, headers):
    refused(nobody.get("/v1/probes", **headers))


def test_it_lets_an_agent_only_look(robot):
    body = b'{"name": "x"}'
    refused(robot.send("POST", "/v1/probes", body), "scope_missing", 403)


def test_it_lets_one_of_sixteen_racing_copies_through():
    passed, barrier = [], threading.Barrier(16)

    def send():
        barrier.wait(10)
        try:
            remember_nonce("thumbprint", "n" * 24, seconds=60)
            passed.append(True)
        except Unauthenticated as refusal:
            passed.append(refusal.code)

    threads = [threading.Thread(target=send) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(map(str, passed)) == ["True"] + ["signature_replayed"] * 15
