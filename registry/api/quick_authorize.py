"""The short way for the plain authorization: one vendor's service key, one intent, one amount.

The framework's view costs several times what the decision itself does, and is where a busy vendor's request would spend
its time. A request of exactly the usual form is authenticated by one statement and handed to the same rule; whatever
is not exactly that (another credential, a member more, a refusal on the way) goes to the view, which says what is wrong
with it. Nothing is done here that could not be done twice: the rule itself answers a repeated key.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, resolve

from identity.accounts.permissions import Permission
from identity.accounts.service_keys import LAST_USED_RESOLUTION_SECONDS, digest_of, prefix_of
from identity.journal.actor import Actor, ActorKind
from identity.primitives.canonical import parse_json
from identity.primitives.clock import now
from identity.primitives.errors import AttornError
from identity.primitives.money import AMOUNT_MAX, EXPONENTS, Money
from identity.spending.authorize import Order, authorize_spend
from identity.spending.limits import ORDER_DISPLAY_LENGTH_MAX
from identity.spending.statements import Statement, run
from registry.api.idempotency import keyed_request
from registry.api.parsers import BODY_BYTES_MAX
from registry.api.renderers import StrictJSONRenderer
from registry.api.throttling import take

PATH = "/v1/authorizations"
# Whoever sends one of these wants something of the view: a signature checked, a page's origin weighed.
_UNUSUAL = ("HTTP_SIGNATURE", "HTTP_SIGNATURE_INPUT", "HTTP_ORIGIN", "HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_ENCODING")
_INTENT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_ORDER_HASH = re.compile(r"sha-256:[A-Za-z0-9_=+/-]{1,88}", re.ASCII)
_INTENT_LENGTH_MAX = 8_192

# The key by its prefix, and the vendor of the same organization that the intent names: one round trip.
_CALLER = Statement(
    "authorizations_caller",
    """
SELECT k.id, k.digest, $3 = ANY (k.scopes) AND (k.expires_at IS NULL OR k.expires_at > $4::timestamptz),
    k.last_used_at > $5::timestamptz, a.id
FROM accounts_servicekey k
LEFT JOIN (agents_agent a JOIN agents_vendor v ON v.agent_id = a.id)
    ON a.organization_id = k.organization_id AND a.did = $1
WHERE k.prefix = $2 AND k.revoked_at IS NULL
""",
)


@dataclass(frozen=True, slots=True)
class _Caller:
    actor: Actor
    vendor: str
    vendor_did: str


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
        caller = _caller(request.META["HTTP_AUTHORIZATION"][7:], str(asked.pop("aud")), at)
        if caller is None:
            return None
        keyed = keyed_request(
            header=request.META["HTTP_IDEMPOTENCY_KEY"],
            caller=str(caller.actor),
            method="POST",
            path=PATH,
            query="",
            body=request.body,
        )
        allowance = take("authorize", who=str(caller.actor))
        if allowance is not None and not allowance.allowed:
            return None
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


def _rendered(decided: Any) -> HttpResponse:
    """As the view answers, rendered by the same renderer."""
    from registry.api.v1.authorizations import shown  # views are loaded after the middleware

    answer = shown(decided)
    body = StrictJSONRenderer().render(answer.data)
    content_type = answer.content_type or StrictJSONRenderer.media_type
    given = {name: value for name, value in answer.headers.items() if name != "Content-Type"}
    given["Content-Length"] = str(len(body))
    return HttpResponse(body, status=answer.status_code, content_type=content_type, headers=given)


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


def _caller(token: str, vendor_did: str, at: datetime) -> _Caller | None:
    """Who calls, if it is a good key with the scope, of the organization whose vendor the intent names.

    Stops a guessed token as the view does: the whole token's digest is compared in constant time, read anew for each
    request, so a revoked key ends with its revocation.
    """
    prefix = prefix_of(token)
    if prefix is None:
        return None
    connection.ensure_connection()
    noted_since = at - timedelta(seconds=LAST_USED_RESOLUTION_SECONDS)
    asked = [vendor_did, prefix, str(Permission.AUTHORIZATIONS_WRITE), at.isoformat(), noted_since.isoformat()]
    with connection.wrap_database_errors:
        (rows,) = run(connection.connection, (_CALLER, [text.encode() for text in asked]))
    connection.health_check_done = True  # type: ignore[attr-defined]  # it has just answered: the frame need not ask again whether it does
    if not rows:
        return None
    key, digest, is_current, is_noted, vendor = (value.decode() if value else "" for value in rows[0])
    holds = hmac.compare_digest(digest_of(token), digest)
    if not (holds and is_current == "t" and is_noted == "t" and vendor):
        return None
    return _Caller(Actor(ActorKind.SERVICE_KEY, key), vendor, vendor_did)
