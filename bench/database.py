"""A database of the bench's own, in the server that DATABASE_URL names or in an embedded one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg

from bench.processes import manage
from registry.ops.engines import start_test_engines

DATABASE = "attorn_bench"


@contextmanager
def bench_database(*, durable: bool = False) -> Iterator[dict[str, str]]:
    """The environment of an empty, migrated registry; its database is dropped at the end. ``durable`` is for what a
    commit costs: an embedded server then waits for the disk, as the registry's own does."""
    with _engines(durable=durable) as engines:
        server = engines["DATABASE_URL"]
        name = f"{DATABASE}_{os.getpid()}"
        url = _with_name(server, name)
        environment = {**engines, "DATABASE_URL": url, **QUIET}
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
            try:
                manage("migrate", "--verbosity", "0", "--skip-checks", environment=environment)
                yield environment
            finally:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


# Answers are signed for a day so that no refresh falls into a measurement, and no limit cuts a load short.
QUIET = {
    "ANSWER_VALIDITY_SECONDS": "86400",
    "THROTTLE_RESOLVE": "900000000/m",
    "THROTTLE_READ": "900000000/m",
    "LOG_LEVEL": "ERROR",
    "ALLOWED_HOSTS": "localhost,127.0.0.1",
    "PUBLIC_URL": "http://localhost:8000",
    "STATIC_MANIFEST": "false",
    "PYTHONWARNINGS": "ignore",
}


@contextmanager
def _engines(*, durable: bool) -> Iterator[dict[str, str]]:
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        yield {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
        return
    running = start_test_engines(durable=durable)
    try:
        yield dict(running.engines.environment)
    finally:
        running.stop()


def _with_name(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
