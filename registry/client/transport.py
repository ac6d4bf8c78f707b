"""HTTP to one registry: bounded answers, no redirects, and the same call sent again until it is answered.

An unsafe call carries an ``Idempotency-Key`` and is repeated with the same key and the same bytes, so that it counts
once however often the network loses an answer.
"""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import urllib3

from identity.primitives.canonical import canonicalize, parse_json
from identity.primitives.clock import now
from identity.primitives.errors import AttornError
from identity.primitives.multikey import PrivateKey
from registry.client.errors import Declined, NotVerified, Refused, Unreachable
from registry.client.http_signature import sign_request

RESPONSE_BYTES_MAX = 1_048_576
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
TIMEOUT_SECONDS = 10.0
ATTEMPTS_MAX = 5
BACKOFF_SECONDS = 0.25  # doubled each time, with jitter, so that many clients do not come back at one instant
BACKOFF_SECONDS_MAX = 10.0
_TRY_AGAIN = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: ``headers`` by their lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as an object. NotVerified when it is none: then this is no registry."""
        try:
            value = parse_json(self.body, bytes_max=RESPONSE_BYTES_MAX)
        except AttornError as error:
            raise NotVerified(f"The answer cannot be read as a registry's: {error.detail}") from error
        if not isinstance(value, dict):
            raise NotVerified("The answer cannot be read as a registry's: it is no JSON object.")
        return value

    @property
    def retry_after_seconds(self) -> float | None:
        text = self.headers.get("retry-after", "")
        return float(text) if text.isdigit() else None


class Transport:
    """Speaks to the registry at ``url`` as the holder of ``signing_key`` or of ``service_key``, or as anybody."""

    def __init__(
        self,
        url: str,
        *,
        service_key: str | None = None,
        signing_key: PrivateKey | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        attempts_max: int = ATTEMPTS_MAX,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        if service_key is not None and not is_private_line(self.url):
            raise ValueError("A service key is not sent over plain http; use the https address.")
        self._service_key, self._signing_key = service_key, signing_key
        self._timeout_seconds, self._attempts_max, self._sleep = timeout_seconds, attempts_max, sleep
        is_secure = urlsplit(self.url).scheme == "https"
        self._pool = urllib3.PoolManager(
            retries=False, ssl_context=ssl.create_default_context() if is_secure else None, maxsize=8
        )

    def close(self) -> None:
        self._pool.clear()

    def get(
        self,
        path: str,
        query: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float | None = None,
        is_public: bool = False,
    ) -> Reply:
        """GET, repeated on faults; with ``is_public`` no credential is sent. Refused for answers from 400 on."""
        target = f"{self.url}{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        reply = self._repeat("GET", target, b"", headers or {}, timeout_seconds, is_public=is_public)
        return _accepted(reply)

    def look_up(self, path: str) -> Reply:
        """A public GET whose refusals are answers of their own (404, 410, 403)."""
        return self._repeat("GET", f"{self.url}{path}", b"", {}, None, is_public=True)

    def post(self, path: str, document: dict[str, Any], *, idempotency_key: str | None = None) -> Reply:
        """POST under ``idempotency_key``, or a fresh one. Refused, Declined, or Unreachable with the key to go on."""
        key = idempotency_key or str(uuid4())
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        try:
            reply = self._repeat("POST", f"{self.url}{path}", canonicalize(document), headers, None)
        except Unreachable as error:
            raise Unreachable(error.sentence, idempotency_key=key) from error
        return _accepted(reply)

    def _repeat(
        self,
        method: str,
        target: str,
        body: bytes,
        headers: Mapping[str, str],
        timeout_seconds: float | None,
        *,
        is_public: bool = False,
    ) -> Reply:
        for attempt in range(1, self._attempts_max + 1):
            is_last = attempt == self._attempts_max
            try:
                reply = self._once(method, target, body, headers, timeout_seconds, is_public=is_public)
            except urllib3.exceptions.HTTPError as error:
                if is_last:
                    raise Unreachable(f"{urlsplit(target).netloc} could not be asked: {error}") from error
                self._sleep(backoff(attempt))
                continue
            if is_last or not _asks_again(reply):
                break
            self._sleep(min(reply.retry_after_seconds or backoff(attempt), BACKOFF_SECONDS_MAX))
        if reply.status >= 500:
            raise Unreachable(f"{urlsplit(target).netloc} failed with {reply.status}.")
        return reply

    def _once(
        self,
        method: str,
        target: str,
        body: bytes,
        headers: Mapping[str, str],
        timeout_seconds: float | None,
        *,
        is_public: bool,
    ) -> Reply:
        """Each attempt is signed anew: a signature counts once, an idempotency key as often as needed."""
        own = {} if is_public else self._credentials(method, target, body)
        sent = {"Accept": "application/json", "User-Agent": "attorn-client", **headers, **own}
        timeout = urllib3.Timeout(total=timeout_seconds or self._timeout_seconds)
        response = self._pool.request(
            method, target, body=body or None, headers=sent, redirect=False, preload_content=False, timeout=timeout
        )
        data = response.read(RESPONSE_BYTES_MAX + 1)
        if len(data) > RESPONSE_BYTES_MAX:
            response.close()  # its rest is still on the way: this connection is of no more use
            raise NotVerified(f"The answer has more than {RESPONSE_BYTES_MAX} bytes.")
        response.release_conn()
        if 300 <= response.status < 400:
            raise NotVerified("The registry redirects; a key is not sent to another address. Use that address.")
        return Reply(response.status, {name.lower(): value for name, value in response.headers.items()}, data)

    def _credentials(self, method: str, target: str, body: bytes) -> dict[str, str]:
        if self._signing_key is not None:
            keyid = self._signing_key.public_key.thumbprint()
            return sign_request(
                method=method, url=target, body=body, private_key=self._signing_key, keyid=keyid, at=now()
            )
        return {} if self._service_key is None else {"Authorization": f"Bearer {self._service_key}"}


def is_private_line(url: str) -> bool:
    """Whether what is sent to ``url`` can be read by nobody on the way: TLS, or this machine itself."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in LOOPBACK_HOSTS


def backoff(attempt: int) -> float:
    """Seconds to wait after the ``attempt``-th try: between half and the whole of a doubling span."""
    span: float = min(BACKOFF_SECONDS * 2 ** (attempt - 1), BACKOFF_SECONDS_MAX)
    return span * random.uniform(0.5, 1.0)  # noqa: S311 -- jitter, no secret


def _asks_again(reply: Reply) -> bool:
    """A fault that may pass, or the first call under this key still running."""
    if reply.status in _TRY_AGAIN:
        return True
    return reply.status == 409 and b"idempotency_in_progress" in reply.body


def _accepted(reply: Reply) -> Reply:
    if reply.status < 400:
        return reply
    problem = reply.json()
    raise (Declined if reply.status == 402 else Refused)(reply.status, problem)
