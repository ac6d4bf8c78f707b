"""One entry of the catalogue of problem codes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """``explanation`` is read by a developer at ``/problems/<code>``: why it happens and what to do about it."""

    status: int
    title: str
    explanation: str
