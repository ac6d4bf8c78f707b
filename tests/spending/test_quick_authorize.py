"""The short way to an authorization answers as the view does, and leaves to it whatever is not plain."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import Client
from django.test.client import ClientHandler

from identity.accounts.models import ServiceKey
from identity.accounts.permissions import Permission
from identity.accounts.service_keys import revoke
from identity.agents.vendors import register_vendor
from identity.delegation.models import Delegation
from identity.journal.actor import system
from identity.spending.models import Authorization
from registry.api import quick_authorize
from registry.api.idempotency import REPLAYED_HEADER
from registry.ops import quick_way
from registry.ops.quick_way import QuickWay
from tests.spending.conftest import TOTAL_500, Holder, Shop, euros

Post = Callable[..., Any]
# Of one request, not of the answer.
_OWN = {"X-Request-ID", "RateLimit", "Location", "Vary", "Content-Language", "X-Frame-Options", "Allow"}


class WholeHandler(ClientHandler):
    """The test client's way into the process, through the WSGI entry's short way."""

    def __call__(self, environ: dict[str, Any]) -> Any:
        said: list[Any] = []

        def framework(environ: dict[str, Any], start_response: Any) -> Any:
            return ClientHandler.__call__(self, environ)

        answered = QuickWay(framework)(environ, lambda status, headers: said.extend([status, headers]))
        if not said:
            return answered
        response: Any = HttpResponse(b"".join(answered), status=int(said[0][:3]), headers=dict(said[1]))
        response.request, response.wsgi_request = environ, WSGIRequest(environ)
        response.wsgi_request.urlconf = None
        return response


@pytest.fixture
def post(token: str) -> Post:
    client = Client()
    client.handler = WholeHandler(enforce_csrf_checks=False)

    def send(body: Any, *, key: str | None = None, quick: bool = True, **headers: str) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields = {"HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_IDEMPOTENCY_KEY": key or uuid4().hex, **headers}
        with patch.object(quick_way, "is_plain", quick_authorize.is_plain if quick else lambda meta: False):
            return client.post("/v1/authorizations", data, content_type="application/json", **fields)

    return send


@pytest.fixture
def link(grant: Callable[..., Delegation], buyer: Holder) -> Delegation:
    return grant(buyer, TOTAL_500, euros("per_transaction", 6_000))


@pytest.fixture
def spy() -> Any:
    """Counts the requests that were answered on the short way."""
    answered: list[int] = []
    rule = quick_authorize.answer_quickly

    def counting(meta: Any, body: bytes) -> Any:
        reply = rule(meta, body)
        if reply is not None:
            answered.append(reply.status)
        return reply

    with patch.object(quick_way, "answer_quickly", counting):
        yield answered


def asked(shop: Shop, buyer: Holder, link: Delegation, amount: int = 4000, **changes: Any) -> dict[str, Any]:
    money = {"amount": amount, "currency": "EUR"}
    return {"intent": shop.intent(buyer, link, amount), "amount": money, **changes}


@pytest.mark.parametrize("amount", [4000, 6001])
def test_both_ways_give_one_answer(
    post: Post, shop: Shop, buyer: Holder, link: Delegation, spy: list[int], amount: int
) -> None:
    quick = post(asked(shop, buyer, link, amount))
    slow = post(asked(shop, buyer, link, amount), quick=False)

    assert len(spy) == 1
    assert quick.status_code == slow.status_code == (201 if amount == 4000 else 402)
    assert quick.json().keys() == slow.json().keys()
    assert quick["Content-Type"] == slow["Content-Type"]
    assert set(quick.headers) - _OWN == set(slow.headers) - _OWN
    same = ("decision", "binding", "held", "reasons", "type", "title", "status", "detail", "retryable", "obligations")
    assert [quick.json().get(name) for name in same] == [slow.json().get(name) for name in same]


@pytest.mark.parametrize(
    "change",
    [
        {"dry_run": True},
        {"dry_run": False, "tolerance_percent": 0, "approval": None, "agent_note": ""},
        {"tolerance_percent": 5},
        {"hold_seconds": 60},
        {"hold_seconds": 2_678_400},
        {"approval": "apr_01m7ztq0m3043jh152d8qxbk4g"},
        {"agent_note": "Two tickets, as you asked: 2 × 20 €"},
        {"order": {"display": "Tickets"}},
        {"amount": {"amount": 4000, "currency": "EUR", "exponent": 2}},
    ],
)
def test_what_a_vendor_may_add_is_answered_at_once(
    post: Post, shop: Shop, buyer: Holder, link: Delegation, spy: list[int], change: dict[str, Any]
) -> None:
    quick = post({**asked(shop, buyer, link), **change})
    slow = post({**asked(shop, buyer, link), **change}, quick=False)
    assert len(spy) == 1
    assert quick.status_code == slow.status_code
    assert set(quick.headers) - _OWN == set(slow.headers) - _OWN
    own = ("decision_id", "receipt", "authorization_id", "expires_at", "capture_before", "request_id", "instance")
    assert [{k: v for k, v in one.json().items() if k not in own} for one in (quick, slow)].count(
        {k: v for k, v in slow.json().items() if k not in own}
    ) == 2


def test_one_that_fails_in_a_crowd_is_left_to_the_view_alone(
    token: str, shop: Shop, buyer: Holder, link: Delegation, caplog: pytest.LogCaptureFixture
) -> None:
    def ask(amount: int) -> tuple[dict[str, str], bytes]:
        body = json.dumps(asked(shop, buyer, link, amount)).encode()
        return {"HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_IDEMPOTENCY_KEY": uuid4().hex}, body

    rule = quick_authorize.attempt_of

    def stumbling(order: Any, *known: Any, **more: Any) -> Any:
        if order.amount.amount == 666:
            raise ZeroDivisionError("a fault of the program")
        return rule(order, *known, **more)

    with patch.object(quick_authorize, "attempt_of", stumbling):
        told = quick_authorize.answer_together([ask(1000), ask(666), ask(2000)])
    assert [reply and reply.status for reply in told] == [201, None, 201]
    assert "a fault of the program" in caplog.text
    assert Authorization.objects.count() == 2


def test_an_offer_is_weighed_here_too(post: Post, shop: Shop, buyer: Holder, link: Delegation, spy: list[int]) -> None:
    body = asked(shop, buyer, link, offer=shop.intent(buyer, link, 4000))
    quick, slow = post(body), post(body, quick=False)
    assert len(spy) == 1
    assert quick.status_code == slow.status_code == 402
    assert quick.json()["reasons"] == slow.json()["reasons"]


def test_a_repeated_key_gets_the_same_answer_on_either_way(
    post: Post, shop: Shop, buyer: Holder, link: Delegation, spy: list[int]
) -> None:
    body, key = asked(shop, buyer, link), uuid4().hex
    first, again, slow = post(body, key=key), post(body, key=key), post(body, key=key, quick=False)
    assert first.content == again.content == slow.content
    assert again[REPLAYED_HEADER] == slow[REPLAYED_HEADER] == "true"
    assert REPLAYED_HEADER not in first.headers
    assert Authorization.objects.count() == 1
    other = post(asked(shop, buyer, link, 3000), key=key)
    assert other.status_code == 422
    assert len(spy) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"dry_run": 1},
        {"tolerance_percent": 101},
        {"tolerance_percent": True},
        {"tolerance_percent": "5"},
        {"hold_seconds": 1},
        {"hold_seconds": 60.0},
        {"hold_seconds": 10**12},
        {"approval": "apr_ x"},
        {"approval": 7},
        {"offer": "no offer"},
        {"offer": None},
        {"agent_note": " padded "},
        {"agent_note": "n" * 281},
        {"agent_note": None},
        {"chain_ref": "dlg_x"},
        {"amount": {"amount": 4000, "currency": "EUR", "exponent": 3}},
        {"amount": {"amount": 4000, "currency": "EUR", "exponent": 2.0}},
        {"amount": {"amount": 4000.0, "currency": "EUR"}},
        {"amount": {"amount": True, "currency": "EUR"}},
        {"amount": {"amount": "4000", "currency": "EUR"}},
        {"amount": {"amount": 0, "currency": "EUR"}},
        {"amount": {"amount": -1, "currency": "EUR"}},
        {"amount": {"amount": 10**16, "currency": "EUR"}},
        {"amount": {"amount": 4000, "currency": "XXX"}},
        {"amount": {"amount": 4000, "currency": ["EUR"]}},
        {"amount": [4000, "EUR"]},
        {"intent": "no token"},
        {"intent": 3},
        {"order": None},
        {"order": {"hash": None}},
        {"order": {"hash": "md5:1"}},
        {"order": {"display": " padded "}},
        {"order": {"display": ""}},
        {"order": {"extra": 1}},
        {"unknown": 1},
    ],
)
def test_whatever_is_not_plain_is_the_views(
    post: Post, shop: Shop, buyer: Holder, link: Delegation, spy: list[int], change: dict[str, Any]
) -> None:
    quick = post({**asked(shop, buyer, link), **change})
    slow = post({**asked(shop, buyer, link), **change}, quick=False)
    assert spy == []
    assert quick.status_code == slow.status_code
    assert quick.json().get("code") == slow.json().get("code")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"intent":1,"intent":2}', b"\xff", b"[" * 40, b"null"])
def test_odd_bodies_get_the_views_problem(post: Post, spy: list[int], body: bytes) -> None:
    quick, slow = post(body), post(body, quick=False)
    assert spy == []
    assert (quick.status_code, quick.json()["code"]) == (slow.status_code, slow.json()["code"])


def test_a_revoked_expired_or_foreign_key_ends_here_too(
    post: Post, shop: Shop, buyer: Holder, link: Delegation, token: str, at: Any, spy: list[int]
) -> None:
    key = ServiceKey.objects.get()
    assert post(asked(shop, buyer, link)).status_code == 201
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert post(asked(shop, buyer, link), HTTP_AUTHORIZATION=f"Bearer {wrong}").status_code == 401
    ServiceKey.objects.filter(pk=key.pk).update(scopes=[Permission.AGENTS_READ])
    assert post(asked(shop, buyer, link)).status_code == 403
    ServiceKey.objects.filter(pk=key.pk).update(scopes=[Permission.AUTHORIZATIONS_WRITE], expires_at=at)
    assert post(asked(shop, buyer, link)).status_code == 401
    ServiceKey.objects.filter(pk=key.pk).update(expires_at=at + timedelta(days=1))
    revoke(key=key, actor=system("tests"), at=at)
    assert post(asked(shop, buyer, link)).status_code == 401
    assert spy == [201]


def test_an_intent_for_another_vendor_is_declined(
    post: Post, shop: Shop, buyer: Holder, link: Delegation, make_agent: Any, acme: Any, spy: list[int]
) -> None:
    other = make_agent(acme, "Other shop")
    register_vendor(agent=other, mcc="5734", country="DE", actor=system("tests"), at=shop.at)
    response = post({**asked(Shop(other, shop.at), buyer, link)})
    assert response.status_code == 402
    assert spy == []
    assert not Authorization.objects.exists()
