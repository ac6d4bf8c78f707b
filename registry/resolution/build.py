"""Building and storing the answers of many agents at once: after a rotation of the registry key, before a launch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from identity.agents.models import Agent
from identity.credentials.issuers import current_signer
from identity.primitives.signing import Signer
from registry.directory.models import Name, ResourceRecord
from registry.resolution.answer import Built, build
from registry.resolution.state import State, read_records, read_states

AGENTS_PER_CHUNK = 1_000
COLUMNS = (
    "key",
    "agent_id",
    "status",
    "body",
    "etag",
    "ttl_seconds",
    "epoch",
    "signed_with",
    "refresh_at",
    "valid_until",
)

# COPY cannot compare epochs, so the rows go into a table of the transaction first and from there under the same
# condition as a single answer: the subject's epoch, held.
_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS staged_answer (LIKE resolution_answer) ON COMMIT DROP;
    TRUNCATE staged_answer
"""
_COPY = f"COPY staged_answer ({', '.join(COLUMNS)}) FROM STDIN"
_PUBLISH = f"""
    WITH held AS (
        SELECT subject.agent_id, subject.epoch FROM resolution_subject AS subject
        WHERE subject.agent_id IN (SELECT agent_id FROM staged_answer)
        ORDER BY subject.agent_id FOR SHARE SKIP LOCKED
    )
    INSERT INTO resolution_answer ({", ".join(COLUMNS)})
    SELECT {", ".join(f"staged.{name}" for name in COLUMNS)}
    FROM staged_answer AS staged JOIN held USING (agent_id, epoch) ORDER BY staged.key
    ON CONFLICT (key) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])}
"""  # noqa: S608 - the names of our own columns


@dataclass(frozen=True, slots=True)
class Progress:
    """After one chunk: how many agents were read, how many answers stored, and where to go on."""

    agents: int
    answers: int
    after: str


def build_answers(
    *, at: datetime, after: str = "", until: str | None = None, names_only: bool = False
) -> Iterator[Progress]:
    """Build the answers to every live name and DID of the agents with ids in ``(after, until]``, chunk by chunk.

    Safe to run at any time and twice: an agent that changes meanwhile keeps the newer state.
    """
    while ids := _next_ids(after, until):
        stored = _build_chunk(ids, at=at, names_only=names_only)
        after = ids[-1]
        yield Progress(agents=len(ids), answers=stored, after=after)


def _next_ids(after: str, until: str | None) -> list[str]:
    agents = Agent.objects.filter(id__gt=after)
    if until is not None:
        agents = agents.filter(id__lte=until)
    return list(agents.order_by("id").values_list("id", flat=True)[:AGENTS_PER_CHUNK])


def _build_chunk(ids: Sequence[str], *, at: datetime, names_only: bool) -> int:
    signer = current_signer()
    states = read_states(ids)
    records = read_records([name.id for state in states.values() for name in state.live_names(at)])
    built = [answer for state in states.values() for answer in _answers_of(state, records, signer, at, names_only)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy(_COPY) as copy:
            for answer in built:
                copy.write_row(_row(answer))
        cursor.execute(_PUBLISH)
        return int(cursor.rowcount)


def _answers_of(
    state: State, records: dict[str, list[ResourceRecord]], signer: Signer, at: datetime, names_only: bool
) -> Iterator[Built]:
    live_names = state.live_names(at)
    questions: list[tuple[str, Name | None]] = [(name.fqn, name) for name in live_names]
    if not names_only:
        questions.append((state.agent.did, live_names[0] if live_names else None))
    for key, name in questions:
        rows = records.get(name.id, []) if name else []
        yield build(key=key, state=state, name=name, records=rows, signer=signer, at=at)


def _row(built: Built) -> tuple[object, ...]:
    served = built.served
    return (
        served.key,
        built.agent_id,
        served.status,
        served.body,
        served.etag,
        served.ttl_seconds,
        built.epoch,
        built.signed_with,
        served.refresh_at,
        built.valid_until,
    )
