"""The authorizer: a process that only answers ``POST /v1/authorizations``, beside Django and on a port of its own.

A thread for each waiting request costs more than the decision: woken, put to sleep and woken again, they hand the
interpreter's lock around. Here one loop reads requests and writes answers, and one thread decides what has gathered.
What is not plain is answered by the framework, so that every answer is the same as Django's own port gives.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import structlog
import uvicorn
import uvloop

from registry.api.parsers import BODY_BYTES_MAX
from registry.api.quick_authorize import PATH, Reply, answer_together, is_plain
from registry.ops.gathering import Gathering, TooManyWaiting
from registry.ops.quick_way import QuickWay
from registry.ops.requests import REQUEST_ID_HEADER, note_request, request_id_of
from registry.ops.wsgi_calls import Application, Environ, call, environ_of
from registry.resolution.patience import KEEP_ALIVE_SECONDS, PatientProtocol, close_idle
from registry.resolution.resolver import BACKLOG

BODY_SECONDS_MAX: Final = 30.0
CONNECTIONS_MAX: Final = 2_048
FRAMEWORK_THREADS: Final = 4
OPEN_PATHS: Final = ("/health/live", "/health/ready", PATH)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_logger = logging.getLogger(__name__)


class Authorizer:
    """The ASGI application of one process; ``framework`` is Django's WSGI application."""

    def __init__(self, framework: Application) -> None:
        self._framework = framework
        self._quick = QuickWay(framework)
        self._threads = ThreadPoolExecutor(FRAMEWORK_THREADS, thread_name_prefix="framework")
        self._gathering: Gathering[tuple[Environ, bytes], Reply | None] | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["path"] not in OPEN_PATHS:
            await _respond(send, 404, b'{"detail":"This port only authorizes."}')
            return
        try:
            async with asyncio.timeout(BODY_SECONDS_MAX):
                body = await _read(receive)
        except TimeoutError:
            await _respond(send, 408, b'{"detail":"The body did not come."}')
            return
        if body is None:
            return
        environ = environ_of(scope, body)
        if not await self._answer_plain(environ, body, send):
            await self._answer_by_framework(environ, send)

    def close(self) -> None:
        """Let what is being answered end."""
        if self._gathering is not None:
            self._gathering.close()
        self._threads.shutdown(wait=True)

    async def _answer_plain(self, environ: Environ, body: bytes, send: Send) -> bool:
        """Whether it was; if not, nothing was sent, and the framework answers as if nothing had been tried: the
        idempotency key makes that safe."""
        secure = self._quick.is_open_to(environ)
        if secure is None or not is_plain(environ):
            return False
        began, request_id = time.perf_counter(), request_id_of(environ)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        if self._gathering is None:
            self._gathering = Gathering(answer_together)
        try:
            reply = await self._gathering.ask((environ, body))
        except TooManyWaiting:
            await _respond(send, 503, b'{"detail":"Too many requests are waiting. Send it again."}')
            return True
        except Exception:  # the framework answers every request, and says what is wrong
            _logger.exception("The short way failed; the framework answers")
            return False
        if reply is None:
            return False
        headers = [*reply.headers, (REQUEST_ID_HEADER, request_id), *self._quick.frame(environ, secure)]
        note_request("POST", PATH.lstrip("/"), reply.status, time.perf_counter() - began)
        await _send(send, reply.status, headers, reply.body)
        return True

    async def _answer_by_framework(self, environ: Environ, send: Send) -> None:
        loop = asyncio.get_running_loop()
        status, headers, body = await loop.run_in_executor(self._threads, call, self._framework, environ)
        await _send(send, status, headers, body)


def serve(*, bound: socket.socket, framework: Application) -> None:
    """Serve on ``bound`` until SIGTERM or SIGINT. Blocks."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn stops on these and raises them again when it is done; that second one must not end us with an error.
        signal.signal(number, lambda *_: None)
    uvloop.run(_serve(bound, framework))


async def _serve(bound: socket.socket, framework: Application) -> None:
    authorizer = Authorizer(framework)
    config = uvicorn.Config(
        app=authorizer,
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # the framework knows which proxy to believe
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        limit_concurrency=CONNECTIONS_MAX,
        backlog=BACKLOG,
    )
    server = uvicorn.Server(config)
    sweep = asyncio.get_running_loop().create_task(close_idle(server))
    try:
        await server.serve(sockets=[bound])
    finally:
        sweep.cancel()
        authorizer.close()


async def _read(receive: Receive) -> bytes | None:
    """The body, cut off behind the largest that anybody reads; None when the client is gone."""
    parts, size = [], 0
    while size <= BODY_BYTES_MAX:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if not message.get("more_body"):
            break
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _respond(send: Send, status: int, body: bytes) -> None:
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    await _send(send, status, headers, body)


async def _send(send: Send, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    fields = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
