"""``manage.py resolver``: serve signed answers from memory, on a port of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.resolution.resolver import bind, serve

MEBIBYTE = 1_048_576
STOP_SECONDS = 10
POLL_SECONDS = 0.1


class Command(BaseCommand):
    help = "Serve signed answers to GET /v1/resolve/<name or DID> from memory, beside Django."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.RESOLVER_HOST)
        parser.add_argument("--port", type=int, default=settings.RESOLVER_PORT)
        parser.add_argument("--processes", type=int, default=settings.RESOLVER_PROCESSES)
        parser.add_argument("--memory-mib", type=int, default=settings.RESOLVER_MEMORY_MIB, help="of each process")
        parser.add_argument("--no-preload", action="store_true", help="start with an empty memory")
        parser.add_argument("--shared", action="store_true", help="one of several on the port; used by --processes")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port, processes = options["host"], options["port"], options["processes"]
        try:
            bound = bind(host, port, shared=options["shared"])
        except OSError as error:
            raise CommandError(f"The resolver cannot have {host}:{port}: {error.strerror}.") from error
        if processes > 1 and not options["shared"]:
            bound.close()
            sys.exit(_run_several(processes))
        self.stdout.write(f"Resolver on http://{host}:{bound.getsockname()[1]}")
        self.stdout.flush()
        serve(bound=bound, memory_bytes=options["memory_mib"] * MEBIBYTE, with_preload=not options["no_preload"])


def _run_several(count: int) -> int:
    """Start ``count`` of ourselves on the same port. When one ends all do, and whoever supervises us starts anew.
    Returns the exit code of the first to end, 0 when we were told to stop."""
    command = [sys.executable, *sys.argv, "--shared"]
    children = [subprocess.Popen(command) for _ in range(count)]  # noqa: S603 - our own command line
    told_to_stop = False

    def stop(*_: Any) -> None:
        nonlocal told_to_stop
        told_to_stop = True
        for child in children:
            child.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while all(child.poll() is None for child in children):
        time.sleep(POLL_SECONDS)
    code = next(child.returncode for child in children if child.returncode is not None)
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
    return 0 if told_to_stop else code or 1
