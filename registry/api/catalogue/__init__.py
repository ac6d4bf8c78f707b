"""Every problem code of the API: its HTTP status, its title, and the page at ``/problems/<code>``.

A code never changes its meaning. ``registry.api.problems`` turns an exception with a code into a problem document
(RFC 9457); a test says that every code raised anywhere has an entry here, and another that none stands in two areas.
One file an area; add at a group's end.
"""

from __future__ import annotations

from itertools import chain

from registry.api.catalogue import (
    agents,
    credentials,
    data_model,
    delegation,
    issuing,
    names,
    notices,
    organizations,
    ours,
    push,
    reports,
    requests,
    sanctions,
    sandbox,
    scores,
    spending,
    team,
    tokens,
    watched,
)
from registry.api.catalogue.problem import Problem

__all__ = ["AREAS", "CATALOGUE", "Problem"]

AREAS = (
    *(requests, names, agents, organizations),
    *(credentials, issuing, data_model, tokens, watched),
    *(delegation, team, spending, reports, sanctions, scores, push, notices, sandbox, ours),
)

CATALOGUE: dict[str, Problem] = dict(chain.from_iterable(area.PROBLEMS.items() for area in AREAS))
