"""Answering questions: the stored bytes if they still stand, else built from the tables, signed and stored."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import OperationalError, transaction

from identity.credentials.issuers import current_signer
from identity.primitives.errors import InvalidInput, Unavailable
from identity.primitives.signing import Signer
from registry.directory.models import Name
from registry.resolution.answer import Served, build, build_negative
from registry.resolution.keys import canonical_key, is_did, multikey_of
from registry.resolution.state import Absence, State, find_agents, read_records, read_states
from registry.resolution.store import hold_still, keep, read_stored

# All but the last hold nothing up. One that changes faster than an answer can be read thrice is held still for it.
ATTEMPTS_MAX = 4


def resolve(query: str, *, at: datetime) -> Served:
    """The signed answer to a name or DID, positive or negative, as of the latest committed change.

    Raises InvalidInput ``query_malformed`` (FORMERR) and Unavailable ``unavailable`` (SERVFAIL).
    """
    key = canonical_key(query)
    return read_stored([key], at).get(key) or answer_keys([key], at=at)[key]


def resolve_each(queries: Sequence[str], *, at: datetime) -> list[Served | InvalidInput]:
    """The answers to many questions in their order, a refusal in the place of each malformed one.

    Raises Unavailable as ``resolve``.
    """
    keys = [_key_or_refusal(query) for query in queries]
    wanted = {key for key in keys if isinstance(key, str)}
    answers = read_stored(wanted, at)
    answers |= answer_keys(wanted - answers.keys(), at=at)
    return [answers[key] if isinstance(key, str) else key for key in keys]


def answer_keys(keys: Collection[str], *, at: datetime) -> dict[str, Served]:
    """Build the answers to canonical keys, and store those that are not negative.

    First without holding anything up; an agent that changes faster than it can be read is then held still.
    """
    answers: dict[str, Served] = {}
    waiting = set(keys)
    for attempt in range(1, ATTEMPTS_MAX + 1):
        if not waiting:
            return answers
        if attempt < ATTEMPTS_MAX:
            answers |= _attempt(waiting, signer=current_signer(), at=at)
        else:
            answers |= _attempt_held_still(waiting, at=at)
        waiting -= answers.keys()
    if waiting:
        raise Unavailable("unavailable", "An agent is changing faster than it can be answered for; ask again.")
    return answers


def _attempt_held_still(keys: Collection[str], *, at: datetime) -> dict[str, Served]:
    """As ``_attempt``, while the agents' changes wait for us, a moment at most."""
    found = {leads_to for leads_to in find_agents(keys, at).values() if not isinstance(leads_to, Absence)}
    signer = current_signer()
    try:
        with transaction.atomic():
            hold_still(found)
            return _attempt(keys, signer=signer, at=at)
    except OperationalError:
        return {}


def choose_name(key: str, state: State, at: datetime) -> Name | None:
    """The name whose records the answer carries: the one asked for, or the agent's first when its DID is."""
    live_names = state.live_names(at)
    return state.name(key) or (live_names[0] if live_names else None)


def _attempt(keys: Collection[str], *, signer: Signer, at: datetime) -> dict[str, Served]:
    """The answers to those ``keys`` whose agents held still while they were read."""
    answers: dict[str, Served] = {}
    found = find_agents(keys, at)
    states = read_states({agent_id for agent_id in found.values() if not isinstance(agent_id, Absence)})
    names = {key: choose_name(key, states[found[key]], at) for key in keys if found[key] in states}
    records = read_records({name.id for name in names.values() if name})
    for key in sorted(keys):  # in one order, so that two batches in transactions cannot deadlock
        leads_to = found[key]
        if isinstance(leads_to, Absence):
            answers[key] = build_negative(key=key, reason=leads_to, signer=signer, at=at)
        elif leads_to in states and _leads_to(key, states[leads_to], at):
            name = names[key]
            rows = records.get(name.id, []) if name else []
            built = build(key=key, state=states[leads_to], name=name, records=rows, signer=signer, at=at)
            if (served := keep(built, at=at)) is not None:
                answers[key] = served
    return answers


def _leads_to(key: str, state: State, at: datetime) -> bool:
    """Whether what was read still bears out what was found: a name may have been pointed elsewhere or held in
    between, and a key revoked."""
    if (multikey := multikey_of(key)) is not None:
        return any(method.multikey == multikey for method in state.valid_methods(at))
    return is_did(key) or any(name.fqn == key for name in state.live_names(at))


def _key_or_refusal(query: str) -> str | InvalidInput:
    try:
        return canonical_key(query)
    except InvalidInput as refusal:
        return refusal
