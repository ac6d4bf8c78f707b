"""Answering one question: the stored bytes if they still stand, else built from the tables, signed and stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from identity.credentials.issuers import current_signer
from identity.primitives.errors import Unavailable
from registry.resolution.answer import NegativeReason, Served, build, build_negative
from registry.resolution.keys import canonical_key, is_did, multikey_of
from registry.resolution.state import State, find_agent, is_withheld_key, read_records, read_states
from registry.resolution.store import keep, read_stored

# An agent that changes faster than an answer can be built five times over is being flooded with changes.
ATTEMPTS_MAX = 5


def resolve(query: str, *, at: datetime) -> Served:
    """The signed answer to a name or DID, positive or negative, as of the latest committed change.

    Raises InvalidInput ``query_malformed`` (FORMERR) and Unavailable ``unavailable`` (SERVFAIL).
    """
    key = canonical_key(query)
    return read_stored([key], at).get(key) or answer_key(key, at=at)


def resolve_all(queries: Sequence[str], *, at: datetime) -> list[Served]:
    """The answers to many questions in their order; what is stored is read at once. Raises as ``resolve``."""
    keys = [canonical_key(query) for query in queries]
    stored = read_stored(set(keys), at)
    for key in keys:
        if key not in stored:
            stored[key] = answer_key(key, at=at)
    return [stored[key] for key in keys]


def answer_key(key: str, *, at: datetime) -> Served:
    """Build the answer to a canonical key, and store it unless it is negative."""
    signer = current_signer()
    for _ in range(ATTEMPTS_MAX):
        agent_id = find_agent(key, at)
        if agent_id is None:
            reason = NegativeReason.HELD if is_withheld_key(key, at) else NegativeReason.NOT_FOUND
            return build_negative(key=key, reason=reason, signer=signer, at=at)
        state = read_states([agent_id]).get(agent_id)
        if state is None or not _leads_to(key, state, at):
            continue
        live_names = state.live_names(at)
        name = state.name(key) or (live_names[0] if live_names else None)
        records = read_records([name.id])[name.id] if name else []
        served = keep(build(key=key, state=state, name=name, records=records, signer=signer, at=at), at=at)
        if served is not None:
            return served
    raise Unavailable("unavailable", "This agent is changing faster than it can be answered for; ask again.")


def _leads_to(key: str, state: State, at: datetime) -> bool:
    """Whether what was read still bears out what was found: a name may have been pointed elsewhere or held in
    between, and a key revoked."""
    if (multikey := multikey_of(key)) is not None:
        return any(method.multikey == multikey for method in state.valid_methods(at))
    return is_did(key) or any(name.fqn == key for name in state.live_names(at))
