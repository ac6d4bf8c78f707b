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

import orjson
from django.db import connection, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.renderers import JSONRenderer

from identity.primitives.errors import Conflict, InvalidInput
from identity.primitives.round_trip import Row, Statement, run
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

# Sent together, and each with a snapshot of its own: what is kept is looked for after the key was got, so that the
# answer of whoever had it until then is seen. It is planned for the table as it is: a plan made while the table was
# empty would read all of it.
_CLAIM: Final = Statement(
    "idempotency_claim",
    "SELECT pg_try_advisory_xact_lock($1), set_config('plan_cache_mode', 'force_custom_plan', true)",
)
_KEPT: Final = Statement(
    "idempotency_kept",
    """
SELECT fingerprint, status, headers, encode(body, 'hex') FROM api_idempotencyrecord
WHERE id = $1 AND created_at > $2::timestamptz
""",
)
_PLAN_AS_EVER: Final = Statement("idempotency_plan", "SELECT set_config('plan_cache_mode', 'auto', true)")
_BEGIN_ANSWER: Final = Statement("idempotency_begin_answer", "SAVEPOINT idempotency_answer")
_UNDO_ANSWER: Final = Statement("idempotency_undo_answer", "ROLLBACK TO SAVEPOINT idempotency_answer")
_KEEP: Final = Statement(
    "idempotency_keep",
    """
INSERT INTO api_idempotencyrecord (id, caller, fingerprint, status, headers, body, created_at)
VALUES ($1, $2, $3, $4::smallint, $5::jsonb, $6::bytea, $7::timestamptz)
ON CONFLICT (id) DO UPDATE SET caller = excluded.caller, fingerprint = excluded.fingerprint,
    status = excluded.status, headers = excluded.headers, body = excluded.body, created_at = excluded.created_at
""",
    binary=frozenset({1, 5}),
)


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """What an answer is kept under (``id``), and what must be equal for it to be given again (``fingerprint``)."""

    id: str
    caller: str
    fingerprint: str


class Fault(Exception):
    """Carries an answer out of the transaction, so that it rolls back and nothing is kept: a 5xx, mostly."""

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


def answer_once(
    keyed: KeyedRequest,
    answer: Callable[[], HttpResponseBase],
    refuse: Callable[[Exception], HttpResponseBase],
    *,
    at: datetime,
) -> HttpResponseBase:
    """The kept answer, or ``answer()`` with its effect and its record in one transaction. ``refuse`` makes the response
    of what ``answer`` raised, when everything that it had begun is undone.

    Conflict ``idempotency_in_progress`` or InvalidInput ``idempotency_key_reused``.
    """
    is_whole = not connection.in_atomic_block
    try:
        with transaction.atomic(), connection.wrap_database_errors:
            kept = _claim(keyed, at)
            if kept is not None:
                return _replay(kept, keyed)
            response = _answered(answer, refuse)
            if response.status_code >= 500:
                raise Fault(response)
            if response.status_code < 400 or response.status_code in _REFUSALS_KEPT:
                _keep(keyed, response, at, commits=is_whole and not connection.needs_rollback)
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


def _claim(keyed: KeyedRequest, at: datetime) -> Row | None:
    """Hold the key until the transaction ends, or refuse at once: stops two racing requests from both taking effect.
    What is kept under it, if it still counts; else the answer begins.

    The lock is PostgreSQL's own and falls with the connection, so a crash never leaves a key locked.
    """
    number = int.from_bytes(bytes.fromhex(keyed.id)[:8], signed=True)
    since = at - timedelta(hours=KEPT_HOURS)
    connection.ensure_connection()
    claimed, kept, *_ = run(
        connection.connection,
        (_CLAIM, [b"%d" % number]),
        (_KEPT, [keyed.id.encode(), since.isoformat().encode()]),
        (_PLAN_AS_EVER, []),
        (_BEGIN_ANSWER, []),
        begins=True,
    )
    if claimed[0][0] != b"t":
        raise Conflict(
            "idempotency_in_progress",
            "The first request with this key is still running. Send the same request again in a moment.",
            retry_after_seconds=1,
        )
    return kept[0] if kept else None


def _answered(
    answer: Callable[[], HttpResponseBase], refuse: Callable[[Exception], HttpResponseBase]
) -> HttpResponseBase:
    """The savepoint came with the claim and ends with the transaction: two trips fewer than a block of its own would
    take, one of them while the answer's locks are held."""
    waiting = len(connection.run_on_commit)
    try:
        return answer()
    except Exception as exception:
        try:
            run(connection.connection, (_UNDO_ANSWER, []))
        except Exception as lost:  # with the connection; so is everything that was begun
            raise Fault(refuse(exception)) from lost
        transaction.set_rollback(False)
        del connection.run_on_commit[waiting:]
        return refuse(exception)


def _replay(kept: Row, keyed: KeyedRequest) -> HttpResponse:
    fingerprint, status, headers, body = kept
    if fingerprint.decode() != keyed.fingerprint:
        raise InvalidInput("idempotency_key_reused", "This key was used for a request with another body.")
    response = HttpResponse(bytes.fromhex(body.decode()), status=int(status))
    del response.headers["Content-Type"]
    for name, value in orjson.loads(headers).items():
        response.headers[name] = value
    response.headers[REPLAYED_HEADER] = "true"
    return response


def _keep(keyed: KeyedRequest, response: HttpResponseBase, at: datetime, *, commits: bool) -> None:
    """Write the answer down, in place of one that is too old to count; with the commit where that is ours to give."""
    record = [
        keyed.id.encode(),
        keyed.caller.encode(),
        keyed.fingerprint.encode(),
        b"%d" % response.status_code,
        orjson.dumps(_headers(response)),
        _body_without_secrets(response),
        at.isoformat().encode(),
    ]
    run(connection.connection, (_KEEP, record), commits=commits)


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
