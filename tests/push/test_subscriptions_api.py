"""Subscriptions over the API: the secret shown once, endpoints within refused, everything changed and ended."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from identity.accounts.service_keys import create_service_key
from identity.journal.actor import Actor, ActorKind
from identity.primitives.clock import now
from registry.push.envelope import Sealed, open_delivery
from registry.push.models import Subscription
from registry.push.secrets import reseal_secrets, secrets_of
from tests.api.conftest import Caller, fresh_limits, stranger
from tests.push.conftest import Hand

__all__ = ["fresh_limits", "stranger"]

pytestmark = pytest.mark.django_db
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "receive-status-events.md"
WEBHOOK = {"delivery": "webhook", "endpoint": "https://shop.example/attorn"}


@pytest.fixture
def charlies(stranger: Caller) -> Caller:
    """The seller's own program."""
    return stranger


def make(caller: Caller, **more: Any) -> dict[str, Any]:
    answer = caller.post("/v1/subscriptions", {**WEBHOOK, **more})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_it_shows_the_secret_once_and_keeps_it_sealed(charlies) -> None:
    first = charlies.post("/v1/subscriptions", WEBHOOK, Idempotency_Key="one")
    again = charlies.post("/v1/subscriptions", WEBHOOK, Idempotency_Key="one")
    secret = first.json()["secret"]
    assert secret.startswith("whsec_")
    assert again.json() == {**first.json(), "secret": None}
    row = Subscription.objects.get()
    assert secret.encode() not in bytes(row.secret_sealed or b"")
    assert secrets_of(row, at=now()) == [secret]
    shown = charlies.get(f"/v1/subscriptions/{row.pk}").json()
    assert "secret" not in shown
    assert (shown["audience"], shown["state"], shown["issuer"]) == (
        WEBHOOK["endpoint"],
        "active",
        "http://localhost:8000",
    )
    assert [item["id"] for item in charlies.get("/v1/subscriptions").json()["items"]] == [row.pk]


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://shop.example/",
        "https://shop.example:8443/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://0x7f000001/",
        "https://localhost/",
        "https://printer.local/",
        "https://vault.internal/",
        "https://user:secret@shop.example/",
        "https://shop.example/#x",
        "ftp://shop.example/",
        "https://shop.example/\u00e9",
        "",
    ],
)
def test_it_refuses_an_endpoint_that_is_not_on_the_public_internet(charlies, endpoint) -> None:
    refused = charlies.post("/v1/subscriptions", {**WEBHOOK, "endpoint": endpoint})
    assert refused.status_code == 422
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"event_types": ["everything"]}, "invalid_input"),
        ({"agents": ["agt_00000000000000000000000000"]}, "followed_unknown"),
        ({"organizations": ["org_00000000000000000000000000"]}, "followed_unknown"),
        ({"agents": ["agt_x"] * 101}, "invalid_input"),
        ({"delivery": "mail"}, "invalid_input"),
        ({"delivery": "poll"}, "invalid_input"),
        ({"endpoint_url": "https://shop.example/"}, "unknown_field"),
    ],
)
def test_it_refuses_what_makes_no_sense(charlies, wish, code) -> None:
    refused = charlies.post("/v1/subscriptions", {**WEBHOOK, **wish})
    assert refused.status_code == 422
    assert code in refused.content.decode()


def test_it_has_an_end_to_how_many_there_are(charlies) -> None:
    for _ in range(10):
        charlies.post("/v1/subscriptions", {"delivery": "poll"})
    refused = charlies.post("/v1/subscriptions", {"delivery": "poll"})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_subscriptions")


def test_it_changes_what_is_named_and_nothing_else(charlies, buyer) -> None:
    made = make(charlies, event_types=["key-compromised"])
    path = f"/v1/subscriptions/{made['id']}"
    changed = charlies.send("PATCH", path, {"endpoint": "https://shop.example/b", "agents": [buyer.agent.did]}).json()
    assert (changed["endpoint"], changed["audience"]) == ("https://shop.example/b", "https://shop.example/b")
    assert (changed["agents"], changed["event_types"]) == ([buyer.agent.pk], ["key-compromised"])
    own = charlies.send("PATCH", path, {"audience": "urn:shop"}).json()
    assert own["audience"] == "urn:shop"
    kept = charlies.send("PATCH", path, {"endpoint": "https://shop.example/c"}).json()
    assert kept["audience"] == "urn:shop"


def test_it_pauses_resumes_and_ends(charlies) -> None:
    path = f"/v1/subscriptions/{make(charlies)['id']}"
    assert charlies.post(f"{path}/pause", {}).json()["pause_reason"] == "by_organization"
    assert charlies.post(f"{path}/pause", {}).json()["code"] == "subscription_paused"
    assert charlies.post(f"{path}/resume", {}).json()["state"] == "active"
    assert charlies.post(f"{path}/resume", {}).json()["code"] == "subscription_not_paused"
    assert charlies.send("DELETE", path).status_code == 204
    assert charlies.get(path).status_code == 404


def test_it_gives_a_polled_subscription_no_secret_and_sends_it_nothing(charlies) -> None:
    made = charlies.post("/v1/subscriptions", {"delivery": "poll"}).json()
    path = f"/v1/subscriptions/{made['id']}"
    assert (made["secret"], made["endpoint"], made["audience"]) == (None, None, f"http://localhost:8000{path}")
    assert charlies.post(f"{path}/secret", {}).json()["code"] == "subscription_has_no_secret"
    assert charlies.post(f"{path}/replay", {}).json()["code"] == "subscription_has_no_endpoint"


def test_it_needs_the_scope(acme, reader) -> None:
    for method, path in (("GET", "/v1/subscriptions"), ("POST", "/v1/subscriptions"), ("GET", "/v1/status-events")):
        refused = reader.send(method, path, WEBHOOK if method == "POST" else None)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


@pytest.fixture
def reader(acme, alice, at) -> Caller:
    actor = Actor(ActorKind.USER, alice.pk)
    key, token = create_service_key(
        organization=acme, name="Board", scopes=["agents_read"], expires_at=None, actor=actor, at=at, created_by=alice
    )
    return Caller(token, key)


@pytest.mark.django_db(transaction=True)
def test_it_signs_with_both_secrets_while_one_is_replaced(charlies, endpoint, bought, stop, hand: Hand) -> None:
    made = make(charlies, endpoint=endpoint.url())
    new = charlies.post(f"/v1/subscriptions/{made['id']}/secret", {"overlap_seconds": 60}).json()["secret"]
    assert reseal_secrets() == 1
    Subscription.objects.update(due_at=hand.at)
    stop()
    hand.dispatch_at()
    (delivery,) = endpoint.at()
    at = hand.at
    for secret in (made["secret"], new):
        assert isinstance(open_delivery(delivery.headers, delivery.body, secrets=[secret], at=at), Sealed)
    Subscription.objects.update(previous_secret_until=hand.at)
    charlies.post(f"/v1/subscriptions/{made['id']}/replay", {"after": 0})
    Subscription.objects.update(due_at=hand.at)
    hand.dispatch_at(1)
    later = endpoint.at()[-1]
    assert isinstance(open_delivery(later.headers, later.body, secrets=[new], at=at), Sealed)
    assert not isinstance(open_delivery(later.headers, later.body, secrets=[made["secret"]], at=at), Sealed)


@pytest.mark.django_db(transaction=True)
def test_its_how_to_runs_as_it_stands(charlies, endpoint, live_server, bought, buyer, stop, hand: Hand) -> None:
    """The page's program takes a delivery; only its example names are replaced by those of this run."""
    made = make(charlies, endpoint=endpoint.url())
    code = re.search(r"```python\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    program = code[1].replace("https://attorn.example", live_server.url).replace("atn_…", str(charlies.token))
    program = program.replace("https://shop.example/attorn", endpoint.url()).replace("whsec_…", made["secret"])
    program = program.replace("last_seq=0,", "last_seq=0, registry_did=did, issuer=issuer,")
    stopped: list[str] = []
    kept: list[int] = []
    names: dict[str, Any] = {"stop_selling_to": stopped.append, "keep_for_next_start": kept.append}
    names |= {"did": "did:web:localhost%3A8000", "issuer": "http://localhost:8000"}
    exec(program, names)
    stop()
    Subscription.objects.update(due_at=hand.at)
    hand.dispatch_at()
    (delivery,) = endpoint.at()
    assert names["on_post"](delivery.headers, delivery.body) == 202
    assert names["on_post"]({}, delivery.body) == 400
    assert (stopped, kept) == ([buyer.agent.did], [1])
    names["receiver"].close()
