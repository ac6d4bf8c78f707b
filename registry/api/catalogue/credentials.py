"""Codes of credentials, presentations, proofs and status lists."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    "malformed_status_list": Problem(
        422,
        "The status list cannot be read",
        "What lies at its address is not a Bitstring Status List, a StatusList2021 or a Token Status List. A list that "
        "cannot be read says nothing: the credential's status is unknown.",
    ),
    "schema_violated": Problem(
        422, "The credential does not follow its schema", "It names a JSON Schema, and some rule of that does not hold."
    ),
    "schema_unreachable": Problem(
        422, "The schema cannot be read", "Its server did not answer; this alone ends no credential."
    ),
    "schema_undecided": Problem(
        422,
        "The schema was not judged",
        "Schemas of the type JsonSchema are judged, without regular expressions, references elsewhere or endless work.",
    ),
    "status_list_too_short": Problem(
        422,
        "The status list is too short",
        "A list has at least 131,072 entries; a shorter one gives its holders away.",
    ),
    "status_list_too_large": Problem(
        413, "The status list is too large", "A list expands to 16 MiB at most, room for 134 million entries."
    ),
    "status_index_out_of_range": Problem(
        422, "The list has no such entry", "The credential's status index lies beyond the end of its list."
    ),
}
