"""``manage.py authorizer``: answer authorizations, on a port of its own."""

from __future__ import annotations

import gc
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from registry.ops.authorizer import serve
from registry.resolution.several import bind_one_of


class Command(BaseCommand):
    help = "Answer POST /v1/authorizations beside Django: the same answers, several hundred at once."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.AUTHORIZER_HOST)
        parser.add_argument("--port", type=int, default=settings.AUTHORIZER_PORT)
        parser.add_argument("--processes", type=int, default=settings.AUTHORIZER_PROCESSES)
        parser.add_argument("--shared", action="store_true", help="one of several on the port; used by --processes")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        bound = bind_one_of(
            "authorizer", host=host, port=port, processes=options["processes"], is_shared=options["shared"]
        )
        framework = get_wsgi_application()
        _ = get_resolver().url_patterns  # every view is loaded before the first request, not by it
        gc.collect()
        gc.freeze()  # what is loaded stays: the collector need not walk through all of it again and again
        self.stdout.write(f"Authorizer on http://{host}:{bound.getsockname()[1]}")
        self.stdout.flush()
        serve(bound=bound, framework=framework)
