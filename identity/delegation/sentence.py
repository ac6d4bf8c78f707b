"""A delegation in plain words, generated from what is signed and signed with it. No Django here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from identity.delegation.constraints import Constraint, MoneyConstraint
from identity.primitives.clock import rfc3339


def delegation_sentence(
    *,
    subject: str,
    constraints: Sequence[Constraint],
    valid_from: datetime,
    valid_until: datetime,
    max_further_depth: int,
    audience: Sequence[str] = (),
    is_reserved: bool = False,
) -> str:
    """The whole grant, limits in their order. Nothing in it comes from a free text but the purpose, which stands in
    quotation marks; a missing limit on amounts is said aloud, since silence would read like safety."""
    limits = [constraint.sentence() for constraint in constraints]
    if not any(isinstance(constraint, MoneyConstraint) for constraint in constraints):
        limits.insert(0, "with no limit on amounts")
    parts = [f"{subject} may act for its principal from {rfc3339(valid_from)} until {rfc3339(valid_until)}"]
    parts.append(f", {'; '.join(limits)}.")
    if audience:
        parts.append(f" It may do so at {', '.join(audience)} only.")
    if is_reserved:
        parts.append(" Its total is set aside from what the link above it may spend.")
    parts.append(f" {_passing_on(max_further_depth)}")
    return "".join(parts)


def _passing_on(depth: int) -> str:
    if depth == 0:
        return "It may not pass this on."
    times = "one step further" if depth == 1 else f"up to {depth} steps further"
    return f"It may pass this on {times}, never more than it has."
