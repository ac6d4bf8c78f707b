"""What we compare ourselves with: the same answer the plain way."""

from __future__ import annotations
