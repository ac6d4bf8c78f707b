"""The short way for the plain authorization: one vendor's service key, one intent, one amount.

The framework's view costs several times what the decision itself does, and is where a busy vendor's request would spend
its time. A request of exactly the usual form is authenticated by one statement and handed to the same rule; whatever
is not exactly that (another credential, a member more, a refusal on the way) goes to the view, which says what is wrong
with it. Nothing is done here that could not be done twice: the rule itself answers a repeated key.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any

import orjson
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, resolve

from identity.primitives.canonical import parse_json
from identity.primitives.clock import now
from identity.primitives.errors import AttornError
from identity.primitives.money import AMOUNT_MAX, EXPONENTS, Money
from identity.spending.attempt import Decided
from identity.spending.authorize import Order, authorize_spend
from identity.spending.disclosure import answer_for_vendor
from identity.spending.limits import ORDER_DISPLAY_LENGTH_MAX
from identity.spending.models import Verdict
from registry.api.idempotency import keyed_request
from registry.api.parsers import BODY_BYTES_MAX
from registry.api.reception import receive
from registry.api.renderers import StrictJSONRenderer

PATH = "/v1/authorizations"
# Whoever sends one of these wants something of the view: a signature checked, a page's origin weighed.
_UNUSUAL = ("HTTP_SIGNATURE", "HTTP_SIGNATURE_INPUT", "HTTP_ORIGIN", "HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_ENCODING")
_INTENT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_ORDER_HASH = re.compile(r"sha-256:[A-Za-z0-9_=+/-]{1,88}", re.ASCII)
_INTENT_LENGTH_MAX = 8_192


class QuickAuthorizations:
    """Middleware: answers the plain ``POST /v1/authorizations`` before the rest of the frame is entered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._match: ResolverMatch | None = None  # the same for each: finding it goes through every address there is

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method == "POST" and request.path_info == PATH and _is_plain(request.META):
            response = _answer(request)
            if response is not None:
                self._match = request.resolver_match = self._match or resolve(PATH)
                return response
        return self.get_response(request)


def _is_plain(meta: dict[str, Any]) -> bool:
    length = meta.get("CONTENT_LENGTH") or ""
    return (
        meta.get("HTTP_AUTHORIZATION", "").startswith("Bearer atn_")
        and "HTTP_IDEMPOTENCY_KEY" in meta
        and not meta.get("QUERY_STRING")
        and meta.get("CONTENT_TYPE") == "application/json"
        and meta.get("HTTP_ACCEPT", "*/*") in ("*/*", "application/json")
        and length.isdigit()
        and int(length) <= BODY_BYTES_MAX
        and not any(name in meta for name in _UNUSUAL)
    )


def _answer(request: HttpRequest) -> HttpResponse | None:
    """The decision, or None for whatever the view must see."""
    at = now()
    try:
        asked = _asked(request.body)
        if asked is None:
            return None
        received = receive(request.META["HTTP_AUTHORIZATION"][7:], str(asked.pop("aud")), at=at)
        if received is None:
            return None
        caller, allowance = received
        keyed = keyed_request(
            header=request.META["HTTP_IDEMPOTENCY_KEY"],
            caller=str(caller.actor),
            method="POST",
            path=PATH,
            query="",
            body=request.body,
        )
        order = Order(
            vendor=caller.vendor,
            vendor_did=caller.vendor_did,
            caller_key=keyed.id,
            fingerprint=keyed.fingerprint,
            **asked,
        )
        decided = authorize_spend(order, actor=caller.actor, at=at)
    except (AttornError, DatabaseError):
        return None
    response = _rendered(decided)
    if allowance is not None:
        response.headers["RateLimit-Policy"] = allowance.policy.header
        response.headers["RateLimit"] = allowance.header
    response.headers["Cache-Control"] = "no-store"
    return response


def _rendered(decided: Decided) -> HttpResponse:
    """As the view answers, rendered by the same renderer."""
    from registry.api.v1.authorizations import approval_headers, shown  # views are loaded after the middleware

    if decided.verdict == Verdict.APPROVED:  # nearly all: spared what the framework's response makes of it
        answer = answer_for_vendor(decided.record, decided.receipt)
        return _response(answer, 201, StrictJSONRenderer.media_type, approval_headers(decided))
    view = shown(decided)
    given = {name: value for name, value in view.headers.items() if name != "Content-Type"}
    return _response(view.data, view.status_code, view.content_type or StrictJSONRenderer.media_type, given)


def _response(answer: Any, status: int, content_type: str, headers: dict[str, str]) -> HttpResponse:
    body = StrictJSONRenderer().render(answer)
    given = {**headers, "Content-Length": str(len(body))}
    return HttpResponse(body, status=status, content_type=content_type, headers=given)


def _asked(body: bytes) -> dict[str, Any] | None:
    """The parts of an order from a body of the usual form; None for any other, right or wrong."""
    value = parse_json(body)
    if not isinstance(value, dict) or not {"intent", "amount"} <= value.keys() <= {"intent", "amount", "order"}:
        return None
    intent, order = value["intent"], value.get("order", {})
    if not isinstance(intent, str) or len(intent) > _INTENT_LENGTH_MAX or not _INTENT.fullmatch(intent):
        return None
    amount = _money(value["amount"])
    if amount is None or not isinstance(order, dict) or not order.keys() <= {"hash", "display"}:
        return None
    order_hash, display = order.get("hash"), order.get("display")
    if order_hash is not None and not (isinstance(order_hash, str) and _ORDER_HASH.fullmatch(order_hash)):
        return None
    if "hash" in order and order_hash is None:
        return None
    if "display" in order and not _is_plain_text(display):
        return None
    return {
        "intent": intent,
        "amount": amount,
        "order_hash": order_hash,
        "order_display": display or "",
        "aud": _audience(intent),
    }


def _audience(intent: str) -> str:
    """Whom the intent names, to find the caller's vendor by. Only a hint: the rule reads the intent strictly and
    refuses one that is meant for another than this vendor."""
    payload = intent.split(".")[1]
    try:
        claims = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:  # the view says what is wrong with it
        return ""
    audience = claims.get("aud") if isinstance(claims, dict) else None
    return audience if isinstance(audience, str) else ""


def _money(value: Any) -> Money | None:
    if not isinstance(value, dict) or value.keys() != {"amount", "currency"}:
        return None
    amount, currency = value["amount"], value["currency"]
    if type(amount) is not int or not 0 < amount <= AMOUNT_MAX or type(currency) is not str:
        return None
    return Money(amount, currency) if currency in EXPONENTS else None


def _is_plain_text(text: Any) -> bool:
    """Text that the view's field takes as it is: not empty, nothing to trim, nothing to refuse."""
    return (
        isinstance(text, str)
        and 0 < len(text) <= ORDER_DISPLAY_LENGTH_MAX
        and text == text.strip()
        and text.isprintable()
    )
