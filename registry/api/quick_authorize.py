"""The short way for the plain authorization: a vendor with a service key, and a body without a mistake in it.

The framework costs several times what the decision itself does, and is where a busy vendor's request would spend its
time. A request of the usual form is recognized, checked and handed to the same rule, together with those that arrive
meanwhile; whatever is not that (another credential, a member that is not quite right, a refusal on the way) goes to the
view, which says what is wrong with it. Nothing is done here that could not be done twice: the rule itself answers a
repeated key.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections

from identity.delegation.facts import Refusal
from identity.delegation.intent import INTENT_LENGTH_MAX, read_intent
from identity.primitives.canonical import parse_json
from identity.primitives.clock import now
from identity.primitives.errors import AttornError, NotPermitted
from identity.primitives.ids import is_id
from identity.primitives.money import AMOUNT_MAX, EXPONENTS, Money
from identity.spending.attempt import Attempt, Decided
from identity.spending.authorize import (
    Order,
    attempt_of,
    chain_named,
    check_terms,
    is_without_database,
    return_to_pool,
)
from identity.spending.desk import Desk
from identity.spending.disclosure import answer_for_vendor
from identity.spending.group import Answer, decide_group
from identity.spending.limits import (
    HOLD_MAX,
    HOLD_MIN,
    NOTE_LENGTH_MAX,
    ORDER_DISPLAY_LENGTH_MAX,
    TOLERANCE_PERCENT_MAX,
)
from identity.spending.models import Verdict
from registry.api.idempotency import keyed_request
from registry.api.parsers import BODY_BYTES_MAX
from registry.api.reception import Caller, forget, recognize
from registry.api.renderers import StrictJSONRenderer
from registry.api.throttling import Allowance, take_each

PATH = "/v1/authorizations"
_logger = logging.getLogger(__name__)
# Whoever sends one of these wants something of the view: a signature checked, a page's origin weighed.
_UNUSUAL = frozenset(
    {"HTTP_SIGNATURE", "HTTP_SIGNATURE_INPUT", "HTTP_ORIGIN", "HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_ENCODING"}
)
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_ORDER_HASH = re.compile(r"sha-256:[A-Za-z0-9_=+/-]{1,88}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, but for the headers that the frame gives to every one."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Errand:
    attempt: Attempt
    caller: Caller


@dataclass(frozen=True, slots=True)
class _Served:
    """``answer`` is None for who has used up the limit."""

    answer: Answer | None
    allowance: Allowance | None


def is_plain(meta: Mapping[str, Any]) -> bool:
    """Whether a request of this WSGI environment, path and method aside, has the usual form."""
    length = meta.get("CONTENT_LENGTH") or ""
    return (
        meta.get("HTTP_AUTHORIZATION", "").startswith("Bearer atn_")
        and "HTTP_IDEMPOTENCY_KEY" in meta
        and not meta.get("QUERY_STRING")
        and meta.get("CONTENT_TYPE") == "application/json"
        and meta.get("HTTP_ACCEPT", "*/*") in ("*/*", "application/json")
        and length.isdigit()
        and int(length) <= BODY_BYTES_MAX
        and meta.keys().isdisjoint(_UNUSUAL)
    )


def answer_quickly(meta: Mapping[str, Any], body: bytes) -> Reply | None:
    """The decision on a plain request, or None for whatever the view must see."""
    own = connections[DEFAULT_DB_ALIAS]  # this thread's; behind ``connection`` it is looked for at every touch
    try:
        errand = _errand(meta, body, at=now())
        if errand is None:
            return None
        served = _serve_all([errand])[0] if own.in_atomic_block else _desk.ask(errand)
        if not isinstance(served.answer, Decided):
            return None
        return _reply(served.answer, served.allowance)
    except (AttornError, DatabaseError):
        return None
    finally:
        if not own.in_atomic_block:
            own.close_if_unusable_or_obsolete()


def answer_together(requests: Sequence[tuple[Mapping[str, Any], bytes]]) -> list[Reply | None]:
    """For each plain request what ``answer_quickly`` says of it, in order: for a server that gathers them itself."""
    try:
        errands = [_known_errand(meta, body) for meta, body in requests]
        answers = iter(_desk.ask_all([errand for errand in errands if errand is not None]))
        return [None if errand is None else _told(next(answers)) for errand in errands]
    finally:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


def _known_errand(meta: Mapping[str, Any], body: bytes) -> _Errand | None:
    try:
        return _errand(meta, body, at=now())
    except Exception as error:
        _note_failure(error)
        return None


def _told(served: _Served | BaseException) -> Reply | None:
    if isinstance(served, BaseException):
        _note_failure(served)
        return None
    return _reply(served.answer, served.allowance) if isinstance(served.answer, Decided) else None


def _note_failure(error: BaseException) -> None:
    """The view says what is wrong with this one request; the others of its group have their answers."""
    if not isinstance(error, AttornError | DatabaseError):
        _logger.error("The short way failed; the view answers", exc_info=error)


def _errand(meta: Mapping[str, Any], body: bytes, *, at: datetime) -> _Errand | None:
    """What needs no lock: the form, the caller, the intent and its signature."""
    asked = _asked(body)
    signed = read_intent(asked["intent"]) if asked is not None else None
    if asked is None or signed is None or isinstance(signed, Refusal):
        return None
    # Whom the intent names is whose vendor the caller must be; the rule refuses one that is meant for another.
    caller = recognize(meta["HTTP_AUTHORIZATION"][7:], signed.intent.vendor, at=at)
    if caller is None:
        return None
    keyed = keyed_request(
        header=meta["HTTP_IDEMPOTENCY_KEY"], caller=str(caller.actor), method="POST", path=PATH, query="", body=body
    )
    order = Order(
        vendor=caller.vendor,
        vendor_did=caller.vendor_did,
        caller_key=keyed.id,
        fingerprint=keyed.fingerprint,
        **asked,
    )
    check_terms(order)
    chain = chain_named(signed)
    if chain is None:
        return None
    attempt = attempt_of(order, signed, chain, actor=caller.actor, at=at, service_key=caller.key)
    return _Errand(attempt, caller)


def _serve_all(errands: Sequence[_Errand]) -> list[_Served]:
    """Count each against its limit, then decide those within it together."""
    allowances = take_each("authorize", [str(errand.caller.actor) for errand in errands])
    let_in = [allowance is None or allowance.allowed for allowance in allowances]
    # Whether the connection still stands shows at once: a group that finds it gone is decided again on a new one.
    connection.health_check_done = True  # type: ignore[attr-defined]
    attempts = [errand.attempt for errand, is_in in zip(errands, let_in, strict=True) if is_in]
    answers = iter(decide_group(attempts)) if attempts else iter(())
    served = [
        _Served(next(answers) if is_in else None, allowance)
        for is_in, allowance in zip(let_in, allowances, strict=True)
    ]
    for errand, one in zip(errands, served, strict=True):
        if isinstance(one.answer, NotPermitted):
            forget(errand.caller)
    return served


_desk: Desk[_Errand, _Served] = Desk(_serve_all, is_of_all=is_without_database, before_waiting=return_to_pool)


def _reply(decided: Decided, allowance: Allowance | None) -> Reply:
    """As the view answers."""
    from registry.api.v1.authorizations import approval_headers, shown  # views are loaded after the frame

    if decided.verdict == Verdict.APPROVED:  # nearly all: spared what the framework's response makes of it
        body = orjson.dumps(answer_for_vendor(decided.record, decided.receipt))
        status, media_type, given = 201, StrictJSONRenderer.media_type, approval_headers(decided)
    else:
        view = shown(decided)
        body, status = StrictJSONRenderer().render(view.data), view.status_code
        media_type = view.content_type or StrictJSONRenderer.media_type
        given = {name: value for name, value in view.headers.items() if name != "Content-Type"}
    headers = {"Content-Type": media_type, **given, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
    if allowance is not None:
        headers |= {"RateLimit-Policy": allowance.policy.header, "RateLimit": allowance.header}
    return Reply(status, list(headers.items()), body)


def _asked(body: bytes) -> dict[str, Any] | None:
    """The parts of an order from a body of the usual form; None for any other, right or wrong."""
    value = parse_json(body)
    if not isinstance(value, dict) or not {"intent", "amount"} <= value.keys():
        return None
    asked: dict[str, Any] = {}
    for name, given in value.items():
        read = _READERS.get(name)
        part = read(given) if read is not None else None
        if part is None:
            return None
        asked |= part
    return asked


Part = dict[str, Any] | None


def _intent(value: Any) -> Part:
    return {"intent": value}  # ``read_intent`` refuses whatever is none


def _offer(value: Any) -> Part:
    is_one = isinstance(value, str) and len(value) <= INTENT_LENGTH_MAX and _TOKEN.fullmatch(value)
    return {"offer": value} if is_one else None


def _money(value: Any) -> Part:
    if not isinstance(value, dict) or not {"amount", "currency"} <= value.keys() <= {"amount", "currency", "exponent"}:
        return None
    amount, currency = value["amount"], value["currency"]
    if type(amount) is not int or not 0 < amount <= AMOUNT_MAX or type(currency) is not str:
        return None
    exponent = value.get("exponent", EXPONENTS.get(currency))
    if currency not in EXPONENTS or type(exponent) is not int or exponent != EXPONENTS[currency]:
        return None
    return {"amount": Money(amount, currency)}


def _order(value: Any) -> Part:
    if not isinstance(value, dict) or not value.keys() <= {"hash", "display"}:
        return None
    part = {}
    if "hash" in value:
        if not (isinstance(value["hash"], str) and _ORDER_HASH.fullmatch(value["hash"])):
            return None
        part["order_hash"] = value["hash"]
    if "display" in value:
        if not _is_plain_text(value["display"], ORDER_DISPLAY_LENGTH_MAX):
            return None
        part["order_display"] = value["display"]
    return part


def _tolerance(value: Any) -> Part:
    return {"tolerance_percent": value} if type(value) is int and 0 <= value <= TOLERANCE_PERCENT_MAX else None


def _hold(value: Any) -> Part:
    is_one = type(value) is int and HOLD_MIN.total_seconds() <= value <= HOLD_MAX.total_seconds()
    return {"hold_for": timedelta(seconds=value)} if is_one else None


def _dry_run(value: Any) -> Part:
    return {"is_dry_run": value} if type(value) is bool else None


def _approval(value: Any) -> Part:
    return {"approval": value} if value is None or (isinstance(value, str) and is_id(value, "apr")) else None


def _note(value: Any) -> Part:
    return {"agent_note": value} if value == "" or _is_plain_text(value, NOTE_LENGTH_MAX) else None


def _is_plain_text(text: Any, length_max: int) -> bool:
    """Text that the view's field takes as it is: not empty, nothing to trim, nothing to refuse."""
    return isinstance(text, str) and 0 < len(text) <= length_max and text == text.strip() and text.isprintable()


_READERS: dict[str, Callable[[Any], Part]] = {
    "intent": _intent,
    "amount": _money,
    "order": _order,
    "tolerance_percent": _tolerance,
    "hold_seconds": _hold,
    "dry_run": _dry_run,
    "approval": _approval,
    "offer": _offer,
    "agent_note": _note,
}
