"""The short way into the process: what ``quick_authorize`` answers never enters the framework."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BytesIO
from typing import Any

import structlog
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware

from registry.api.quick_authorize import PATH, Reply, answer_quickly, is_plain
from registry.ops.requests import REQUEST_ID_HEADER, note_request, request_id_of
from registry.web.middleware import SecurityHeaders

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

_ROUTE = PATH.lstrip("/")
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_logger = logging.getLogger(__name__)


class QuickWay:
    """A WSGI application around the framework's: it logs, measures and secures its answers as the frame does."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._frames: dict[bool, list[tuple[str, str]]] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == PATH and environ["REQUEST_METHOD"] == "POST" and is_plain(environ):
            secure = self.is_open_to(environ)
            reply = self._reply(environ) if secure is not None else None
            if reply is not None:
                start_response(_STATUS_LINES[reply.status], [*reply.headers, *self.frame(environ, bool(secure))])
                return [reply.body]
        return self._application(environ, start_response)

    def _reply(self, environ: Environ) -> Reply | None:
        began = time.perf_counter()
        request_id = request_id_of(environ)
        bound = structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            environ["wsgi.input"] = BytesIO(body)  # for the view, should it be its turn
            reply = answer_quickly(environ, body)
            if reply is None:
                return None
            reply.headers.append((REQUEST_ID_HEADER, request_id))
            note_request("POST", _ROUTE, reply.status, time.perf_counter() - began)
            return reply
        except Exception:  # the view answers every request, and says what is wrong
            _logger.exception("The short way failed; the view answers")
            return None
        finally:
            structlog.contextvars.reset_contextvars(**bound)

    @staticmethod
    def is_open_to(environ: Environ) -> bool | None:
        """Whether the client speaks https; None when it does not and must be sent there first."""
        secure = _is_secure(environ)
        return secure if secure or not settings.SECURE_SSL_REDIRECT else None

    def frame(self, environ: Environ, secure: bool) -> list[tuple[str, str]]:
        """The headers that the outer middleware puts on every answer: always the same, so asked for once."""
        if secure not in self._frames:
            secured: Any = SecurityMiddleware(lambda request: HttpResponse())
            response = SecurityHeaders(secured)(WSGIRequest(environ))
            self._frames[secure] = [item for item in response.items() if item[0] != "Content-Type"]
        return self._frames[secure]


def _is_secure(environ: Environ) -> bool:
    """Whether the client speaks https, as the framework finds it: by the proxy's word when there is a trusted one."""
    if settings.SECURE_PROXY_SSL_HEADER is not None:
        name, value = settings.SECURE_PROXY_SSL_HEADER
        given = environ.get(name)
        if given is not None:
            return bool(given.partition(",")[0].strip() == value)
    return bool(environ["wsgi.url_scheme"] == "https")
