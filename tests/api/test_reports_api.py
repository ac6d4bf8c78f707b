"""Reports over HTTP: by a vendor's program, by its agent, and what strangers learn of them."""

from __future__ import annotations

import base64
import json
from uuid import uuid4

import pytest

from identity.accounts.organizations import personal_organization
from identity.accounts.service_keys import create_service_key
from identity.agents.models import VerificationMethod
from identity.journal.actor import Actor, ActorKind, system
from identity.primitives.clock import now
from identity.primitives.multikey import PrivateKey
from identity.spending.models import Authorization
from registry.api.v1.reports import ATTACHMENT_BODY_BYTES_MAX
from registry.client.http_signature import sign_request
from registry.directory.register import register_name
from registry.directory.zones import create_zone
from reputation.moderation.findings import decide_report
from reputation.moderation.limits import ATTACHMENT_BYTES_MAX
from reputation.moderation.models import Finding, Report
from tests.spending.conftest import (  # noqa: F401
    TOTAL_500,
    buyer,
    grant,
    make_holder,
    nordlicht,
    pass_on,
    planner,
    shop,
)

from .conftest import Caller
from .test_agents import refused

pytestmark = pytest.mark.django_db
PRICE = 300


@pytest.fixture
def purchase(shop, buyer, grant) -> Authorization:  # noqa: F811
    """Acme's buyer buys at Nordlicht, which is Charlie's."""
    decided = shop.spend(buyer, grant(buyer, TOTAL_500), PRICE)
    return Authorization.objects.get(pk=decided.authorization)


@pytest.fixture
def body(purchase, buyer) -> dict:  # noqa: F811
    return {"agent": buyer.agent.did, "kind": "fraud", "text": "Never paid.", "authorization": purchase.pk}


def file_one(caller, body) -> str:
    answer = caller.post("/v1/reports", body)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def test_it_takes_a_vendors_report_and_shows_it_to_the_vendor_only(stranger, program, body, buyer):  # noqa: F811
    answer = stranger.post("/v1/reports", body)
    assert answer.status_code == 201, answer.content
    shown = answer.json()
    assert shown["id"].startswith("rpt_")
    assert answer["Location"] == f"/v1/reports/{shown['id']}"
    assert (shown["agent"], shown["agent_did"]) == (buyer.agent.pk, buyer.agent.did)
    assert (shown["state"], shown["capacity"], shown["weight"]) == ("received", "vendor", 0.6)
    assert (shown["decided_at"], shown["attachments"]) == (None, [])
    assert stranger.get(f"/v1/reports/{shown['id']}").json() == shown
    assert [item["id"] for item in stranger.get("/v1/reports").json()["items"]] == [shown["id"]]
    refused(program.get(f"/v1/reports/{shown['id']}"), 404, "not_found")
    assert program.get("/v1/reports").json()["items"] == []


def test_it_tells_others_nothing_of_a_case(stranger, body):
    """No case, no cluster, no other report, no operator: who reported what else is nobody's business."""
    shown = stranger.get(f"/v1/reports/{file_one(stranger, body)}").json()
    assert set(shown) == {
        *("id", "agent", "agent_did", "kind", "text", "authorization", "capacity", "weight", "state"),
        *("decided_at", "filed_at", "attachments"),
    }


def test_it_says_what_was_found(stranger, body, olga, at):
    report = Report.objects.get(pk=file_one(stranger, body))
    decide_report(report=report, finding=Finding.DISMISSED, actor=Actor(ActorKind.OPERATOR, olga.pk), at=at)
    shown = stranger.get(f"/v1/reports/{report.pk}").json()
    assert (shown["state"], shown["decided_at"] is not None) == ("dismissed", True)


def test_it_takes_an_agent_by_id_did_or_name(stranger, body, buyer, acme, at):  # noqa: F811
    zone = create_zone(organization=acme, label="acme", actor=system("t"), at=at)
    register_name(zone=zone, label="buyer", agent=buyer.agent, actor=system("t"), at=at)
    for named in (buyer.agent.pk, buyer.agent.did, "buyer.acme", "buyer.acme.attorn.test"):
        answer = stranger.post("/v1/reports", {"agent": named, "kind": "spam", "text": "Spam."})
        assert (answer.status_code, answer.json()["agent"]) == (201, buyer.agent.pk), named
    refused(stranger.post("/v1/reports", {**body, "agent": "agt_" + "0" * 26}), 404, "not_found")
    refused(stranger.post("/v1/reports", {**body, "agent": "nobody.acme"}), 404, "not_found")


def test_it_answers_for_anothers_purchase_as_for_none(make_person, make_agent, body, at):
    organization = personal_organization(make_person("Dora"), at)
    _, token = create_service_key(
        organization=organization,
        name="x",
        scopes=["reports_write", "reports_read"],
        expires_at=None,
        actor=system("t"),
        at=at,
        created_by=None,
    )
    dora = Caller(token)
    anothers = dora.post("/v1/reports", body)
    nobodys = dora.post("/v1/reports", {**body, "authorization": "aut_" + "0" * 26})
    refused(anothers, 404, "hold_not_found")
    known = {name: value for name, value in anothers.json().items() if name != "instance"}
    assert known == {name: value for name, value in nobodys.json().items() if name != "instance"}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"kind": "ugly"}, 422, "invalid_input"),
        ({"text": ""}, 422, "invalid_input"),
        ({"text": "x" * 4_001}, 422, "invalid_input"),
        ({"text": "bell \x07"}, 422, "report_text_invalid"),
        ({"kind": "spam"}, 422, "report_takes_no_authorization"),
        ({"weight": 1}, 422, "invalid_input"),
        ({"agent": "not a name!"}, 400, "query_malformed"),
        ({"agent": 7}, 422, "invalid_input"),
    ],
)
def test_it_refuses_what_makes_no_sense(change, status, code, stranger, body):
    refused(stranger.post("/v1/reports", {**body, **change}), status, code)
    assert not Report.objects.exists()


def test_it_needs_the_purchase(stranger, body):
    del body["authorization"]
    refused(stranger.post("/v1/reports", body), 422, "report_needs_authorization")


def test_it_needs_the_scopes(reader, body):
    refused(reader.post("/v1/reports", body), 403, "scope_missing")
    refused(reader.get("/v1/reports"), 403, "scope_missing")
    refused(reader.get("/v1/reports/rpt_x"), 403, "scope_missing")
    refused(Caller().get("/v1/reports"), 401, "authentication_required")


def test_it_files_one_report_a_key(stranger, body):
    headers = {"Idempotency_Key": uuid4().hex}
    first, second = (stranger.post("/v1/reports", body, **headers) for _ in range(2))
    assert first.json() == second.json()
    assert Report.objects.count() == 1


def test_it_has_a_rate_of_its_own(stranger, body, settings):
    settings.API_THROTTLES = {**settings.API_THROTTLES, "report": "1/m"}
    file_one(stranger, body)
    refused(stranger.post("/v1/reports", body), 429, "too_many_requests")
    assert stranger.get("/v1/reports").status_code == 200


def test_it_says_when_the_day_is_full(stranger, body, settings):
    settings.REPORTS_PER_DAY = 0
    answer = stranger.post("/v1/reports", body)
    refused(answer, 429, "too_many_reports")
    assert answer["Retry-After"] == "86400"


def encoded(content: bytes, name: str = "chat.txt") -> dict:
    return {"name": name, "content": base64.b64encode(content).decode()}


def test_it_attaches_evidence(stranger, program, body):
    address = f"/v1/reports/{file_one(stranger, body)}/attachments"
    answer = stranger.post(address, encoded(b"%PDF-1.7 invoice", "invoice.pdf"))
    assert answer.status_code == 201, answer.content
    assert (answer.json()["media_type"], answer.json()["size"]) == ("application/pdf", 16)
    assert stranger.get(address.removesuffix("/attachments")).json()["attachments"] == [answer.json()]
    refused(program.post(address, encoded(b"mine")), 404, "not_found")
    assert stranger.get(address).status_code == 405, "nothing is given back"


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"name": "x", "content": "%%%"}, 422, "attachment_encoding"),
        ({"name": "x", "content": "YWJj\nYWJj"}, 422, "attachment_encoding"),
        ({"name": "x", "content": "ä"}, 422, "attachment_encoding"),
        (encoded(b"PK\x03\x04\x00\x00\xff"), 422, "attachment_type"),
        ({"name": "x", "content": ""}, 422, "invalid_input"),
        ({"content": "YWJj"}, 422, "invalid_input"),
        ({"name": "x" * 121, "content": "YWJj"}, 422, "invalid_input"),
    ],
)
def test_it_refuses_evidence_that_makes_no_sense(sent, status, code, stranger, body):
    refused(stranger.post(f"/v1/reports/{file_one(stranger, body)}/attachments", sent), status, code)


def test_it_takes_one_mebibyte_and_not_a_byte_more(stranger, body):
    address = f"/v1/reports/{file_one(stranger, body)}/attachments"
    assert stranger.post(address, encoded(b"x" * ATTACHMENT_BYTES_MAX)).status_code == 201
    refused(stranger.post(address, encoded(b"x" * (ATTACHMENT_BYTES_MAX + 1))), 413, "attachment_too_large")
    large = json.dumps({"name": "x", "content": "A" * ATTACHMENT_BODY_BYTES_MAX}).encode()
    refused(stranger.send("POST", address, raw=large), 413, "body_too_large")


class Seller:
    """A vendor on its own: no service key, one private key."""

    def __init__(self, private_key):
        self.private_key = private_key

    def send(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else b""
        headers = sign_request(
            method=method,
            url="http://testserver" + path,
            body=data,
            keyid=self.private_key.public_key.thumbprint(),
            private_key=self.private_key,
            at=now(),
        )
        return Caller().send(method, path, raw=data, **headers)


def test_it_hears_a_vendor_by_its_own_key_about_what_it_sold(charlie, make_agent, shop, body, at):  # noqa: F811
    """And about nothing else, and it reads nothing that its organization reported otherwise."""
    key = PrivateKey.generate()
    public = key.public_key
    VerificationMethod.objects.filter(agent=shop.vendor).update(
        multikey=public.multikey, thumbprint=public.thumbprint(), algorithm=public.algorithm.value
    )
    seller = Seller(key)
    answer = seller.send("POST", "/v1/reports", body)
    assert answer.status_code == 201, answer.content
    report = answer.json()["id"]
    assert seller.send("POST", f"/v1/reports/{report}/attachments", encoded(b"seen")).status_code == 201
    assert [item["id"] for item in seller.send("GET", "/v1/reports").json()["items"]] == [report]
    spam = {"agent": body["agent"], "kind": "spam", "text": "Spam."}
    refused(seller.send("POST", "/v1/reports", spam), 403, "scope_missing")
