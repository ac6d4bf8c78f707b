"""HTTP to one registry: TLS is checked, redirects are not followed, answers are bounded, problems become sentences."""

from __future__ import annotations

import ssl
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3

from identity.primitives.canonical import canonicalize, parse_json
from identity.primitives.clock import now
from identity.primitives.errors import AttornError
from identity.primitives.multikey import PrivateKey
from registry.cli.exits import Exit, Stop
from registry.cli.terminal import printable
from registry.client.http_signature import sign_request
from registry.client.transport import RESPONSE_BYTES_MAX as RESPONSE_BYTES_MAX
from registry.client.transport import is_private_line


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer; ``elapsed_ms`` from request to last byte."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    elapsed_ms: int

    @property
    def is_problem(self) -> bool:
        return self.headers.get("content-type", "").startswith("application/problem+json")

    def json(self) -> dict[str, Any]:
        """The body as an object; Stop ``NETWORK`` when it is none: then this is no registry."""
        try:
            value = parse_json(self.body, bytes_max=RESPONSE_BYTES_MAX)
        except AttornError as error:
            raise Stop(Exit.NETWORK, f"The answer cannot be read as a registry's: {error.detail}") from error
        if not isinstance(value, dict):
            raise Stop(Exit.NETWORK, "The answer cannot be read as a registry's: it is no JSON object.")
        return value


@dataclass(frozen=True, slots=True)
class Client:
    """Speaks to the registry at ``url``; with ``service_key`` or ``signing_key`` for calls that need a caller."""

    url: str
    timeout_seconds: float
    service_key: str | None = None
    signing_key: PrivateKey | None = None

    def get(self, path: str, query: Mapping[str, Any] | None = None, *, is_public: bool = False) -> Reply:
        """GET; with ``is_public`` no credential is sent along."""
        target = f"{self.url}{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        headers = {} if is_public else self._credentials("GET", target, b"")
        return fetch("GET", target, timeout_seconds=self.timeout_seconds, headers=headers)

    def post(self, path: str, document: dict[str, Any]) -> dict[str, Any]:
        """POST with an idempotency key; the object answered, or Stop ``REFUSED`` with the registry's reason."""
        target, body = f"{self.url}{path}", canonicalize(document)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
            **self._credentials("POST", target, body),
        }
        return accepted(fetch("POST", target, timeout_seconds=self.timeout_seconds, headers=headers, body=body))

    def _credentials(self, method: str, target: str, body: bytes) -> dict[str, str]:
        if self.signing_key is not None:
            keyid = self.signing_key.public_key.thumbprint()
            return sign_request(
                method=method, url=target, body=body, private_key=self.signing_key, keyid=keyid, at=now()
            )
        if self.service_key is None:
            return {}
        if not is_private_line(self.url):
            raise Stop(Exit.USAGE, "A service key is not sent over plain http; use the https address.")
        return {"Authorization": f"Bearer {self.service_key}"}


def fetch(
    method: str, url: str, *, timeout_seconds: float, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> Reply:
    """One request. Stop ``NETWORK`` when nobody answers truthfully: unreachable, bad certificate, redirect, 5xx.

    Redirects are refused, not followed: a stolen DNS entry could otherwise lead a service key to another host.
    """
    sent = {"Accept": "application/json", "User-Agent": "attorn", **(headers or {})}
    try:
        with _pool(url, timeout_seconds) as pool:
            started = time.monotonic()
            response = pool.request(method, url, body=body or None, headers=sent, redirect=False, preload_content=False)
            data = response.read(RESPONSE_BYTES_MAX + 1)
            response.close()
            elapsed_ms = round((time.monotonic() - started) * 1000)
    except urllib3.exceptions.HTTPError as error:
        raise Stop(Exit.NETWORK, _why(url, error)) from error
    if len(data) > RESPONSE_BYTES_MAX:
        raise Stop(Exit.NETWORK, f"{url} sent more than {RESPONSE_BYTES_MAX} bytes.")
    names = {name.lower(): value for name, value in response.headers.items()}
    reply = Reply(response.status, data, names, elapsed_ms)
    if 300 <= reply.status < 400:
        raise Stop(Exit.NETWORK, f"{url} redirects to {printable(names.get('location', '?'))}; use that address.")
    if reply.status >= 500:
        raise Stop(Exit.NETWORK, f"{url} failed with {reply.status}. {_reason(reply)}".strip())
    return reply


def accepted(reply: Reply) -> dict[str, Any]:
    """The object of a good answer; Stop ``REFUSED`` with the problem document's sentence otherwise."""
    if reply.status >= 400:
        raise Stop(Exit.REFUSED, _reason(reply) or f"The registry refused with {reply.status}.")
    return reply.json()


def _pool(url: str, timeout_seconds: float) -> urllib3.PoolManager:
    # Reading the certificate authorities takes longer than most answers: only where there is a certificate to check.
    is_secure = urlsplit(url).scheme == "https"
    return urllib3.PoolManager(
        timeout=urllib3.Timeout(total=timeout_seconds),
        retries=False,
        ssl_context=ssl.create_default_context() if is_secure else None,
    )


def _reason(reply: Reply) -> str:
    """RFC 9457 in one line: detail, the fields that were refused, and the code to look up."""
    if not reply.is_problem:
        return ""
    problem = reply.json()
    detail = printable(problem.get("detail") or problem.get("title") or "The registry gave no reason.")
    fields = problem.get("errors")
    named = [
        f"{printable(entry.get('field'))}: {printable(entry.get('detail'))}"
        for entry in (fields if isinstance(fields, list) else [])
        if isinstance(entry, dict) and entry.get("field") and entry.get("detail") != problem.get("detail")
    ]
    return f"{' '.join([detail, *named])} [{printable(problem.get('code', reply.status))}]"


def _why(url: str, error: urllib3.exceptions.HTTPError) -> str:
    host = urlsplit(url).netloc
    match error:
        case urllib3.exceptions.SSLError():
            return f"{host} could not prove who it is: {printable(error)}"
        case urllib3.exceptions.NameResolutionError():
            return f"There is no host {host}."
        case urllib3.exceptions.NewConnectionError():
            return f"Nothing answers at {host}. Is the registry running, and is --registry right?"
        case urllib3.exceptions.ConnectTimeoutError() | urllib3.exceptions.ReadTimeoutError():
            return f"{host} did not answer in time (--timeout)."
        case _:
            return f"{host} could not be asked: {printable(error)}"
