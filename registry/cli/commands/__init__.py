"""One file a command; each has ``run(options)``."""

from __future__ import annotations
