"""``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header): an unsafe call takes effect once, however often a
client that lost the answer sends it again.

* The same key with the same body gets the first answer again, with ``Idempotency-Replayed: true``, for 24 hours.
* The same key with another body is 422 ``idempotency_key_reused``; while the first still runs, 409
  ``idempotency_in_progress``.
* Kept are answers that stand: successes, and the refusals 403, 404, 409 and 410. Not kept are faults (5xx) and
  requests that made no sense (400, 413, 415, 422): correct those and send them again with the same key.
* A secret that is shown once is never kept: the replayed answer is without it.

The key belongs to the caller, method and path; nobody can ask for another caller's answer with a guessed key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from django.db import connection, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.renderers import JSONRenderer

from identity.primitives.errors import Conflict, InvalidInput
from registry.api.models import IdempotencyRecord

HEADER: Final = "Idempotency-Key"
REPLAYED_HEADER: Final = "Idempotency-Replayed"
KEY_LENGTH_MAX: Final = 255
KEPT_HOURS: Final = 24
FORGET_BATCH: Final = 5_000
_REFUSALS_KEPT: Final = frozenset({403, 404, 409, 410})
_HEADERS_KEPT: Final = ("Location", "ETag")
_PLAIN: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,255}", re.ASCII)
_QUOTED: Final = re.compile(r'"([\x20-\x7e]{1,300})"', re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """What an answer is kept under (``id``), and what must be equal for it to be given again (``fingerprint``)."""

    id: str
    caller: str
    fingerprint: str


class Fault(Exception):
    """Carries a 5xx answer out of the transaction, so that it rolls back and nothing is kept."""

    def __init__(self, response: HttpResponseBase) -> None:
        super().__init__(response.status_code)
        self.response = response


def keyed_request(*, header: str, caller: str, method: str, path: str, query: str, body: bytes) -> KeyedRequest:
    """The request under its key. InvalidInput ``malformed_idempotency_key``."""
    key = read_key(header)
    identity = "\0".join([caller, method, path, key])
    content = query.encode() + b"\0" + body
    return KeyedRequest(
        id=sha256(identity.encode()).hexdigest(), caller=caller, fingerprint=sha256(content).hexdigest()
    )


def read_key(header: str) -> str:
    """The key's text: a quoted string as the draft asks for, or plain visible ASCII as most clients send it."""
    text = header.strip()
    if _PLAIN.fullmatch(text):
        return text
    quoted = _QUOTED.fullmatch(text)
    key = re.sub(r"\\([\\\"])", r"\1", quoted[1]) if quoted else ""
    if not 0 < len(key) <= KEY_LENGTH_MAX:
        raise InvalidInput(
            "malformed_idempotency_key",
            f"{HEADER} is 1 to {KEY_LENGTH_MAX} visible ASCII characters, plain or as a quoted string.",
        )
    return key


def answer_once(keyed: KeyedRequest, answer: Callable[[], HttpResponseBase], *, at: datetime) -> HttpResponseBase:
    """The kept answer, or ``answer()`` with its effect and its record in one transaction.

    ``answer`` turns refusals into responses itself and rolls back what they had begun. Conflict
    ``idempotency_in_progress`` or InvalidInput ``idempotency_key_reused``.
    """
    try:
        with transaction.atomic():
            _claim(keyed)
            kept = IdempotencyRecord.objects.filter(id=keyed.id).first()
            if kept is not None and kept.created_at > at - timedelta(hours=KEPT_HOURS):
                return _replay(kept, keyed)
            response = answer()
            if response.status_code >= 500:
                raise Fault(response)
            if response.status_code < 400 or response.status_code in _REFUSALS_KEPT:
                _keep(keyed, response, at)
            return response
    except Fault as fault:
        return fault.response


def forget_expired(at: datetime) -> int:
    """Delete records older than a day, in bounded batches; returns how many."""
    expired = IdempotencyRecord.objects.filter(created_at__lte=at - timedelta(hours=KEPT_HOURS))
    total = 0
    while ids := list(expired.values_list("id", flat=True)[:FORGET_BATCH]):
        total += IdempotencyRecord.objects.filter(id__in=ids).delete()[0]
    return total


def _claim(keyed: KeyedRequest) -> None:
    """Hold the key until the transaction ends, or refuse at once: stops two racing requests from both taking effect.

    The lock is PostgreSQL's own and falls with the connection, so a crash never leaves a key locked.
    """
    number = int.from_bytes(bytes.fromhex(keyed.id)[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise Conflict(
            "idempotency_in_progress",
            "The first request with this key is still running. Send the same request again in a moment.",
            retry_after_seconds=1,
        )


def _replay(kept: IdempotencyRecord, keyed: KeyedRequest) -> HttpResponse:
    if kept.fingerprint != keyed.fingerprint:
        raise InvalidInput("idempotency_key_reused", "This key was used for a request with another body.")
    response = HttpResponse(bytes(kept.body), status=kept.status)
    del response.headers["Content-Type"]
    for name, value in kept.headers.items():
        response.headers[name] = value
    response.headers[REPLAYED_HEADER] = "true"
    return response


def _keep(keyed: KeyedRequest, response: HttpResponseBase, at: datetime) -> None:
    record = {
        "caller": keyed.caller,
        "fingerprint": keyed.fingerprint,
        "status": response.status_code,
        "headers": _headers(response),
        "body": _body_without_secrets(response),
        "created_at": at,
    }
    IdempotencyRecord.objects.update_or_create(id=keyed.id, defaults=record)


def _headers(response: Any) -> dict[str, str]:
    kept = {name: response.headers[name] for name in _HEADERS_KEPT if name in response.headers}
    if not hasattr(response, "data"):
        return {**kept, "Content-Type": response.headers["Content-Type"]}
    if response.data is None:
        return kept
    return {**kept, "Content-Type": response.content_type or JSONRenderer.media_type}


def _body_without_secrets(response: Any) -> bytes:
    """What a replay shows. A secret shown once must not lie in a table for a day, where a reader of the database
    would find it; the replay has null in its place and the client makes a new one."""
    secrets: tuple[str, ...] = getattr(response, "secret_members", ())
    if not hasattr(response, "data"):
        return bytes(response.content)
    if response.data is None:
        return b""
    data = {**response.data, **dict.fromkeys(secrets)} if secrets else response.data
    return bytes(JSONRenderer().render(data))
