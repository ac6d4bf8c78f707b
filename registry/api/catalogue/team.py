"""Problems of groups of approvers and of absences."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    "approver_group_invalid": Problem(
        422,
        "The group of approvers is not acceptable",
        "It has a name of its own and 1 to 20 members whose role answers questions; between one and all have to agree.",
    ),
    "approver_group_unknown": Problem(
        422,
        "There is no such group of approvers",
        "Name one group, and one that the principal of the delegation has made.",
    ),
    "approver_group_in_use": Problem(
        409,
        "A delegation asks this group",
        "A living delegation, or one that waits for its signature, names it: change or revoke that one first.",
    ),
    "too_many_approver_groups": Problem(
        409, "There are too many groups of approvers", "An organization has at most 20; change or remove one."
    ),
    "absence_invalid": Problem(
        422,
        "The absence is not acceptable",
        "It ends in the future, within 180 days, and somebody else whose role answers questions stands in.",
    ),
    "absence_overlaps": Problem(
        409, "Another absence is set for that time", "One person has one stand-in at a time; end the other one first."
    ),
}
