"""The WSGI entry, served by granian."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
_framework = get_wsgi_application()

from registry.ops.quick_way import QuickWay  # noqa: E402 - it knows models, which the line above makes loadable

application = QuickWay(_framework)
# Every view is loaded before the first request, not by it: a second of work that on a busy machine outlasts a client.
_views = get_resolver().url_patterns
# What is loaded stays for good: the collector need not walk through all of it again and again.
gc.collect()
gc.freeze()
