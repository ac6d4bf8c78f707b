"""How long after a suspension commits the old answer is still given, by two processes under load."""

from __future__ import annotations

import math
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from urllib.parse import urlsplit, urlunsplit

import psycopg

from bench import contenders
from bench.load import wrk
from bench.synthetic import agent_id, name_of

ASKERS = 2
CHANGES = 150  # more than 10,000 resolves on any machine
SETTLE_SECONDS = 0.1
RECONNECT_SECONDS = 0.5

# Each change is numbered in the agent's display name, so that an answer says by itself which change it knows.
_CHANGE = """
    UPDATE agents_agent SET status = %s, display_name = %s, status_changed_at = clock_timestamp() WHERE id = %s
"""
_CLOSE = 'ALTER DATABASE "{}" ALLOW_CONNECTIONS false'
_OPEN = 'ALTER DATABASE "{}" ALLOW_CONNECTIONS true'

# Waits until each is gone; until then it is not cut.
_CUT = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE application_name = 'attorn-resolver-listener' AND datname = current_database()
"""


def run(environment: Mapping[str, str], *, short: bool) -> dict[str, float]:
    """``stale.p99_ms``: over the changes, the p99 of the last moment at which the old answer was still asked for and
    given. ``stale_cut.count``: old answers to questions that were asked after a change which was made while the
    listeners' connections were cut."""
    changes = 20 if short else CHANGES
    with contenders.resolver(environment, "--processes", "2", name="staleness") as resolver:
        paths = contenders.write_paths("stale", [contenders.PREFIX + name_of(n) for n in range(1, 501)])
        load = wrk(resolver.port, paths, connections=8, seconds=180)
        with subprocess.Popen(load, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as busy:
            try:
                last, asked, _ = _ask_while_changing(environment, resolver.port, changes, cut=False)
                _, asked_cut, stale = _ask_while_changing(environment, resolver.port, changes // 2, cut=True)
            finally:
                busy.kill()
    p99 = statistics.quantiles(last, n=100, method="inclusive")[98] if len(last) > 1 else 0.0
    print(
        f"  {asked:,} resolves over {changes} changes: last stale p50 {statistics.median(last):.2f} ms, "
        f"p99 {p99:.2f} ms, longest {max(last):.2f} ms; {asked_cut:,} with the listeners cut: {stale} stale",
        file=sys.stderr,
    )
    return {"stale.p99_ms": p99, "stale_cut.count": float(stale)}


class _Asker:
    """Asks for one name without pause on one connection, and notes which answers were old when they were asked for."""

    def __init__(self, port: int) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.request = f"GET {contenders.PREFIX}{name_of(1)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

    def ask(self) -> bytes:
        self.connection.sendall(self.request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self.connection.recv(65_536)
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += self.connection.recv(65_536)
        return body


def _ask_while_changing(
    environment: Mapping[str, str], port: int, changes: int, *, cut: bool
) -> tuple[list[float], int, int]:
    """The last stale moment of each change in ms after its commit, how many were asked, how many were stale.

    Stale is an answer to a question sent after a commit was known here, that does not know of that change.
    """
    stop = threading.Event()
    committed = (0, time.perf_counter())  # the last change and when it was known to be committed; replaced as one
    late: list[tuple[int, float]] = []
    asked = count()

    def ask_for_ever() -> None:
        asker = _Asker(port)
        while not stop.is_set():
            (number, at), sent_at = committed, time.perf_counter()
            known = _number_in(asker.ask())
            next(asked)
            if known < number:
                late.append((number, (sent_at - at) * 1e3))

    with (
        psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection,
        psycopg.connect(_other_database(environment["DATABASE_URL"]), autocommit=True) as outside,
        ThreadPoolExecutor(ASKERS) as pool,
    ):
        connection.execute(_CHANGE, ["active", "Number 0", agent_id(1)])
        time.sleep(RECONNECT_SECONDS)
        workers = [pool.submit(ask_for_ever) for _ in range(ASKERS)]
        try:
            for number in range(1, changes + 1):
                if cut:  # and kept so: nobody new is let in until the questions after the change are answered
                    outside.execute(_CLOSE.format(connection.info.dbname))
                    connection.execute(_CUT)
                status = "suspended" if number % 2 else "active"
                connection.execute(_CHANGE, [status, f"Number {number}", agent_id(1)])
                committed = (number, time.perf_counter())
                time.sleep(SETTLE_SECONDS)
                if cut:
                    outside.execute(_OPEN.format(connection.info.dbname))
                    time.sleep(RECONNECT_SECONDS)
        finally:
            stop.set()
            outside.execute(_OPEN.format(connection.info.dbname))
        for worker in workers:
            worker.result()
    last = dict.fromkeys(range(1, changes + 1), 0.0)
    for number, milliseconds in late:
        last[number] = max(last[number], milliseconds)
    return list(last.values()), next(asked), len(late)


def _number_in(body: bytes) -> float:
    """Which change an answer knows of. A refusal (503, when no new connection is let in) tells nothing old."""
    _, _, name = body.partition(b'"display_name":"Number ')
    return int(name.split(b'"')[0]) if name else math.inf


def _other_database(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path="/postgres"))
