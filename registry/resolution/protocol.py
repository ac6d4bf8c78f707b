"""The resolver's HTTP: a plain ``GET /v1/resolve/…`` is answered from its bytes, before any request object exists.

Measured against nginx with the same bytes as files: parser, ASGI scope and task cost more than the answer itself.
Everything that is not plain goes to uvicorn's own implementation, byte for byte, and from there to Django.
"""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import Any, ClassVar

from registry.resolution.answers import Answers, key_of
from registry.resolution.entries import not_modified
from registry.resolution.memory import Entry
from registry.resolution.patience import PatientProtocol
from registry.resolution.plain_request import target_of
from registry.resolution.wire import is_not_modified

BACKLOG_BYTES_MAX = 65_536


class ResolverProtocol(PatientProtocol):
    """One connection. ``_is_busy`` says that the next bytes are not the beginning of a request that may be answered
    at once: the parser is inside one, an answer is being looked up, or the client does not read."""

    answers: ClassVar[Answers]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._is_busy = False
        self._is_looking_up = False
        self._is_in_message = False
        self._backlog = b""

    def data_received(self, data: bytes) -> None:
        """The shortest way: one whole request whose header block is known and whose answer is in memory."""
        cut = data.find(b" HTTP/1.1\r\n")
        if not self._is_busy and cut > 0:
            answers = self.answers
            condition = answers.known.blocks.get(data[cut + 11 :])
            if condition is not None and data.startswith(b"GET "):
                at, projection = monotonic(), answers.projection
                if at >= projection.hear_at:
                    projection.hear(at)
                entry = answers.memory.young.get(data[4:cut])
                if entry is not None and at < projection.alive_until and at < entry[3]:
                    self.last_seen = at
                    answers.hits += 1
                    if not condition:
                        self.transport.write(answers.heads[entry[0]] + entry[1])
                    else:
                        self._write(entry, condition)
                    return
        self.last_seen = monotonic()
        self._take(data)

    def _take(self, data: bytes) -> None:
        """Answer what is plain, one request after the other; leave the rest to the parser or to later."""
        while data:
            if self._is_looking_up or self.flow.write_paused:
                self._keep_for_later(data)
                return
            if self._is_busy:
                self._parse(data)
                return
            end = data.find(b"\r\n\r\n") + 4
            plain = target_of(data[:end]) if end > 3 else None
            condition = self.answers.known.read(plain[1]) if plain else None
            if plain is None or condition is None:
                self._parse(data)
                return
            if not self._answer(plain[0], data[:end], condition):
                self._keep_for_later(data[end:])
                return
            data = data[end:]

    def _answer(self, path: bytes, request: bytes, condition: bytes) -> bool:
        """Whether the request was dealt with at once; if not, it is being looked up."""
        entry = self.answers.remembered(path)
        if entry is not None:
            self.answers.hits += 1
            self._write(entry, condition)
            return True
        key = key_of(path)
        if key is None:
            self._parse(request)
            return True
        self._is_looking_up = self._is_busy = True
        self.answers.find(key, path, partial(self._looked_up, request, condition))
        return False

    def _looked_up(self, request: bytes, condition: bytes, entry: Entry | None) -> None:
        self._is_looking_up = False
        if self.transport.is_closing():
            return
        self._settle()
        if entry is None:
            self._parse(request)
        else:
            self._write(entry, condition)
        self._go_on()

    def _write(self, entry: Entry, condition: bytes) -> None:
        status, rest, etag, _ = entry
        if condition and is_not_modified(condition.decode("ascii"), etag=etag.decode("ascii"), status=status):
            self.transport.write(self.answers.heads[304] + not_modified(rest))
        else:
            self.transport.write(self.answers.heads[status] + rest)

    def _keep_for_later(self, data: bytes) -> None:
        self._backlog += data
        if len(self._backlog) > BACKLOG_BYTES_MAX:
            self.flow.pause_reading()

    def _go_on(self) -> None:
        """Take what came meanwhile."""
        data, self._backlog = self._backlog, b""
        if not self.transport.is_closing():
            if not self.flow.write_paused:
                self.flow.resume_reading()
            self._take(data)

    def _parse(self, data: bytes) -> None:
        self._is_busy = True
        super().data_received(data)
        self._settle()

    def _settle(self) -> None:
        answering = self.cycle is not None and not self.cycle.response_complete
        self._is_busy = self._is_looking_up or self._is_in_message or answering or bool(self.pipeline)

    def on_message_begin(self) -> None:
        self._is_in_message = True
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._is_in_message = False
        super().on_message_complete()
        self._settle()

    def on_response_complete(self) -> None:
        """The parser's own timer would close a connection that is busy here; ``close_idle`` watches both."""
        super().on_response_complete()
        self._unset_keepalive_if_required()
        self._settle()

    def pause_writing(self) -> None:
        """Stops a client that sends questions and never reads answers from filling our memory with them."""
        super().pause_writing()
        self.flow.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self._is_looking_up and not self.transport.is_closing():
            self._go_on()

    @property
    def is_answering(self) -> bool:
        return self._is_looking_up or super().is_answering


def protocol_with(answers: Answers) -> type[ResolverProtocol]:
    """The protocol class of one process, bound to what it knows."""
    return type("BoundResolverProtocol", (ResolverProtocol,), {"answers": answers})
