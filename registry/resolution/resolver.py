"""The resolver: a process that does nothing but answer, beside Django and on its own port."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn
import uvloop
from django.conf import settings
from django.core.checks.urls import check_url_config
from django.utils.module_loading import import_string

from registry.resolution.answers import Answers
from registry.resolution.patience import KEEP_ALIVE_SECONDS, close_idle
from registry.resolution.preload import preload
from registry.resolution.protocol import protocol_with

# A thread that builds an answer gives way to the loop after this long; Python's own 5 ms would be every client's.
SWITCH_SECONDS = 0.0005
BACKLOG = 2_048
STATE_PATH = "/health/resolver"
# What this port answers; all else is Django's own port.
OPEN_PATHS = ("/v1/resolve", "/1.0/identifiers/", "/agents/", "/.well-known/did.json", "/health/", "/problems/")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


def serve(*, bound: socket.socket, memory_bytes: int, with_preload: bool) -> None:
    """Serve on ``bound`` until SIGTERM or SIGINT. Blocks."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn stops on these and raises them again when it is done; that second one must not end us with an error.
        signal.signal(number, lambda *_: None)
    uvloop.run(_serve(bound, memory_bytes=memory_bytes, with_preload=with_preload))


def bind(host: str, port: int, *, shared: bool) -> socket.socket:
    """A bound socket; ``shared`` lets the other resolver processes bind the same port and the kernel spread the
    connections (SO_REUSEPORT). Raises OSError when somebody else has the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


async def _serve(bound: socket.socket, *, memory_bytes: int, with_preload: bool) -> None:
    sys.setswitchinterval(SWITCH_SECONDS)
    loop = asyncio.get_running_loop()
    answers = Answers(memory_bytes=memory_bytes, loop=loop)
    django: Application = import_string(settings.ASGI_APPLICATION)
    check_url_config(None)  # loads every view now: the first odd request must not stop all others for a second
    config = uvicorn.Config(
        app=_open_paths_only(django, answers),
        http=protocol_with(answers),
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        backlog=BACKLOG,
    )
    server = uvicorn.Server(config)
    answers.start()
    tasks = [loop.create_task(close_idle(server))]
    if with_preload:
        tasks.append(loop.create_task(preload(answers)))
    # What was loaded at the start never becomes garbage: not looking at it keeps pauses short.
    gc.collect()
    gc.freeze()
    try:
        await server.serve(sockets=[bound])
    finally:
        for task in tasks:
            task.cancel()
        answers.stop()


def _open_paths_only(django: Application, answers: Answers) -> Application:
    async def application(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == STATE_PATH:
            await _respond(send, 200, json.dumps(_state(answers)).encode())
        elif path.startswith(OPEN_PATHS):
            await django(scope, receive, send)
        else:
            await _respond(send, 404, b'{"detail":"This port only resolves."}')

    return application


def _state(answers: Answers) -> dict[str, Any]:
    """What an operator wants to know of one process: does it hear of changes, and does its memory do any good?"""
    return {
        "listening": answers.projection.is_listening,
        "hits": answers.hits,
        "misses": answers.misses,
        "built": answers.built,
        "memory_bytes": answers.memory.bytes_held + answers.negatives.bytes_held,
        "entries": len(answers.memory.young) + len(answers.memory.old),
    }


async def _respond(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
