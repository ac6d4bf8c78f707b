"""Forms of the console; rules live in the use cases, forms only read and word."""

from __future__ import annotations
