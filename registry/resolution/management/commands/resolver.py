"""``manage.py resolver``: serve signed answers from memory, on a port of its own."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from registry.resolution.resolver import serve
from registry.resolution.several import bind_one_of

MEBIBYTE = 1_048_576


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
        host, port = options["host"], options["port"]
        bound = bind_one_of(
            "resolver", host=host, port=port, processes=options["processes"], is_shared=options["shared"]
        )
        self.stdout.write(f"Resolver on http://{host}:{bound.getsockname()[1]}")
        self.stdout.flush()
        serve(bound=bound, memory_bytes=options["memory_mib"] * MEBIBYTE, with_preload=not options["no_preload"])
