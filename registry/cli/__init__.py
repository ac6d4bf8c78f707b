"""``attorn``, the command line. It talks to any instance over HTTP and needs neither Django settings nor a database."""

from __future__ import annotations
