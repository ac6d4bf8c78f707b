"""Columns of values as PostgreSQL array literals, which the server reads ten times faster than a driver's list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def plain(values: Iterable[Any]) -> str:
    """Of numbers, ids, flags: whatever holds no comma, brace, quote, backslash or blank, and is not empty. None is
    NULL."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def quoted(values: Iterable[str | None]) -> str:
    """Of any text. None is NULL."""
    return (
        "{"
        + ",".join(
            [
                "NULL" if value is None else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
                for value in values
            ]
        )
        + "}"
    )
