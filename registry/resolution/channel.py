"""One PostgreSQL connection driven by an event loop, without threads and without waiting: libpq's own asynchronous
calls, as a notification must be taken in the very turn of the loop in which it arrives."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable, Sequence

from django.db import connections
from psycopg import OperationalError, pq
from psycopg.conninfo import make_conninfo

_DJANGO_ONLY = frozenset({"cursor_factory", "context", "prepare_threshold", "isolation_level", "pool"})
CONNECT_TIMEOUT_SECONDS = 3

OnResult = Callable[[pq.abc.PGresult], None]


class Channel:
    """Asks one prepared statement at a time. ``on_lost`` is called once, when the connection is gone; a question
    that was open then is never answered."""

    def __init__(
        self,
        connection: pq.abc.PGconn,
        *,
        loop: asyncio.AbstractEventLoop,
        on_lost: Callable[[], None],
        on_notification: Callable[[bytes], None] | None = None,
    ) -> None:
        self._connection = connection
        self._loop = loop
        self._on_lost = on_lost
        self._on_notification = on_notification
        self._on_result: OnResult | None = None
        self._result: pq.abc.PGresult | None = None
        self._socket = connection.socket
        self._is_open = True
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        connection.nonblocking = 1
        loop.add_reader(self._socket, self._readable)

    @property
    def is_idle(self) -> bool:
        return self._is_open and self._on_result is None

    def ask(self, statement: bytes, parameters: Sequence[bytes], on_result: OnResult) -> None:
        """Run a prepared statement; results come in binary. Only when ``is_idle``."""
        self._on_result = on_result
        try:
            self._connection.send_query_prepared(statement, list(parameters), result_format=pq.Format.BINARY)
            self._flush()
        except OperationalError:
            self.close()

    def hear(self) -> None:
        """Take at once what has arrived, instead of when the loop comes to it."""
        while self._is_open and self._poll.poll(0):
            self._readable()

    def close(self) -> None:
        """End the connection now and say so."""
        if self._is_open:
            self._is_open = False
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self._connection.finish()
            self._on_lost()

    def _flush(self) -> None:
        if self._connection.flush():
            self._loop.add_writer(self._socket, self._writable)

    def _writable(self) -> None:
        try:
            if not self._connection.flush():
                self._loop.remove_writer(self._socket)
        except OperationalError:
            self.close()

    def _readable(self) -> None:
        try:
            self._connection.consume_input()
            while (notification := self._connection.notifies()) is not None:
                if self._on_notification is not None:
                    self._on_notification(notification.extra)
            while self._on_result is not None and not self._connection.is_busy():
                self._collect(self._on_result)
        except OperationalError:
            self.close()

    def _collect(self, on_result: OnResult) -> None:
        """A statement is over when there is no further result; a failed one ends the connection, as every statement
        asked here is known to be good."""
        result = self._connection.get_result()
        if result is not None:
            self._result = result
            return
        answer, self._result, self._on_result = self._result, None, None
        if answer is None or answer.status != pq.ExecStatus.TUPLES_OK:
            self.close()
        else:
            on_result(answer)


def connect(
    *, purpose: str, statements: Sequence[tuple[bytes, bytes]], commands: Sequence[bytes] = ()
) -> pq.abc.PGconn:
    """A connection to Django's database with ``statements`` (name, SQL) prepared and ``commands`` run. Blocks: call it
    in a thread. Raises OperationalError."""
    parameters = {k: v for k, v in connections["default"].get_connection_params().items() if k not in _DJANGO_ONLY}
    parameters |= {"application_name": f"attorn-resolver-{purpose}", "connect_timeout": CONNECT_TIMEOUT_SECONDS}
    connection = pq.PGconn.connect(make_conninfo(**parameters).encode())
    if connection.status != pq.ConnStatus.OK:
        raise OperationalError(connection.get_error_message())
    for command in commands:
        _check(connection, connection.exec_(command))
    for name, sql in statements:
        _check(connection, connection.prepare(name, sql))
    return connection


def _check(connection: pq.abc.PGconn, result: pq.abc.PGresult) -> None:
    if result.status != pq.ExecStatus.COMMAND_OK:
        message = connection.get_error_message()
        connection.finish()
        raise OperationalError(message)
