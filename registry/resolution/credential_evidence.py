"""What an answer says of the credentials that others issued about the agent, and that are kept an eye on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from identity.credentials.watch.report import Watched, count_by_state
from identity.credentials.watch.states import WatchState, turns_of, worst_of
from identity.primitives.clock import rfc3339

ITEMS_MAX = 16  # an agent may have more; an answer stays small
# What has run out, or has not been asked yet, is not held against the agent.
_NOT_HELD_AGAINST = frozenset({WatchState.EXPIRED, WatchState.UNCHECKED})


def credential_evidence(credentials: Sequence[Watched], at: datetime) -> dict[str, Any]:
    """The worst state, how many are in each, and what its organization has attached, each with its dates.

    Credentials that were only presented to somebody are counted and never listed: the agent showed them to one
    verifier, not to the world.
    """
    counts = count_by_state(credentials, at)
    telling = [state for state in counts if state not in _NOT_HELD_AGAINST] or list(counts)
    attached = [watched for watched in credentials if watched.is_attached]
    return {
        "state": str(worst_of(telling) or "none"),
        "counts": {str(state): count for state, count in counts.items()},
        "items": [_item(watched, at) for watched in attached[:ITEMS_MAX]],
    }


def credential_turns(credentials: Sequence[Watched]) -> list[datetime]:
    """The instants at which time alone changes this: an expiry, or the end of what was confirmed."""
    return [turn for watched in credentials for turn in turns_of(watched.facts)]


def _item(watched: Watched, at: datetime) -> dict[str, Any]:
    standing = watched.standing(at)
    return {
        "id": watched.id,
        "type": watched.type,
        "issuer": watched.issuer,
        "digest": watched.digest,
        "state": str(standing.state),
        "reason": standing.reason or None,
        "since": rfc3339(standing.since),
        "checked_at": rfc3339(standing.checked_at) if standing.checked_at else None,
        "valid_until": rfc3339(watched.facts.valid_until) if watched.facts.valid_until else None,
    }
