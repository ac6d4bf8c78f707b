"""Codes of states of the registry itself."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    "conflict": Problem(409, "It clashes with what already stands", "The detail says with what."),
    "gone": Problem(410, "It has ended for good", "It existed once; it will not come back."),
    "internal_error": Problem(
        500,
        "The registry failed",
        "This is our fault. It was logged with the request id in `instance`; nothing was changed.",
    ),
    "unavailable": Problem(
        503, "We cannot answer truthfully right now", "Try again after a moment; nothing was changed."
    ),
}
