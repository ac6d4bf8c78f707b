"""A replaced link hands on what it holds: its open holds stand and fall with the link that took its place."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models.expressions import RawSQL

# UNION, not UNION ALL: it ends however the rows were linked.
_WITH_LATER = """
WITH RECURSIVE line AS (
    SELECT id FROM delegation_delegation WHERE id = ANY(%s)
    UNION SELECT link.id FROM delegation_delegation link JOIN line ON link.replaces_id = line.id
)
SELECT id FROM line ORDER BY id
"""
_WITH_EARLIER = """
WITH RECURSIVE line AS (
    SELECT id, replaces_id FROM delegation_delegation WHERE id = ANY(%s)
    UNION SELECT link.id, link.replaces_id FROM delegation_delegation link JOIN line ON link.id = line.replaces_id
)
SELECT id FROM line
"""


def with_successors(links: Iterable[str]) -> list[str]:
    """The ids of these links and of every link that took the place of one of them."""
    with connection.cursor() as cursor:
        cursor.execute(_WITH_LATER, [list(links)])
        return [row[0] for row in cursor.fetchall()]


def predecessors_of(*links: str) -> tuple[RawSQL, RawSQL]:
    """The ids of these links and of every link whose place one of them took, for the middle of a larger query: as rows
    and as an array."""
    asked = [list(links)]
    return RawSQL(_WITH_EARLIER, asked), RawSQL(f"ARRAY({_WITH_EARLIER})", asked)  # noqa: S611 - our own words
