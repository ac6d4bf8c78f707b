"""Codes of scores and of what is said against their items."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    "evidence_quality": Problem(422, "No weight", "A reporter's weight is a number from 0 to 1."),
    "contest_text": Problem(
        422, "Say why", "`text` says in 1 to 2,000 characters why this item should not weigh against the agent."
    ),
    "item_contested_before": Problem(
        409,
        "This item was contested before",
        "Each item can be contested once. Against a measure that rests on it there is an appeal: `/v1/appeals`.",
    ),
    "too_many_contests": Problem(
        429, "Too many contested items", "At most 20 items of one organization wait for an answer at a time."
    ),
    "contest_answered": Problem(409, "Answered already", "An operator has answered this; the answer stands."),
}
