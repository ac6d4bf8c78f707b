"""Codes of the sandbox."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    "sandbox_only": Problem(
        422,
        "Play money and money do not meet",
        "`XTS` is lent to the sandbox's agent only, and that agent holds authority over nothing else.",
    ),
    "sandbox_ended": Problem(404, "This run of the sandbox has ended", "It was removed. Begin another one."),
    "sandbox_asked_enough": Problem(
        409, "The sandbox has asked often enough", "Five questions in a day, so that real agents can still ask theirs."
    ),
    "sandbox_waits": Problem(409, "The sandbox waits for you", "To lend and to answer are yours to do."),
}
