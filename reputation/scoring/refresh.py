"""Computing scores and writing them down: one agent's after a change, everybody's at night.

Whoever computes holds the agents' score rows first and reads their evidence after, so that of two changes at once the
later one counts both. Score rows come before the rows of ``identity.spending.terms``, which a score ends up in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import orjson
from django.db import transaction
from django.db.models import Min, Q
from django.db.models.functions import Coalesce

from identity.agents.models import Agent
from identity.journal.actor import system
from identity.journal.moderation_kinds import BandChanged
from identity.journal.record import Entry, record_all
from identity.primitives.round_trip import Row, Statement
from identity.spending.array_text import plain, quoted
from identity.spending.terms import score_question
from reputation.scoring.formula import INHERITED_FOR_DAYS, Score, score_of
from reputation.scoring.limits import AGENTS_PER_REFRESH
from reputation.scoring.models import StaleScore
from reputation.scoring.read import (
    VendorFacts,
    ask,
    evidence_in,
    evidence_questions,
    read_vendors,
    utc_day,
)

NOTHING = score_of((), (), on=date.min)  # the score of who has no evidence at all

_PLACES = Statement(
    "score_places",
    """
INSERT INTO scoring_agentscore
    (agent_id, score, band, g, b, vendors, clusters, sample_size, largest, formula, computed_on)
SELECT id, $1::smallint, $2, 0, 0, 0, 0, 0, '[]', $3, $4::date FROM agents_agent WHERE id = ANY($5) ORDER BY id
ON CONFLICT (agent_id) DO NOTHING
""",
)
_LOCK = Statement(
    "score_lock",
    """
SELECT s.agent_id, s.band, a.organization_id FROM scoring_agentscore s JOIN agents_agent a ON a.id = s.agent_id
WHERE s.agent_id = ANY($1) ORDER BY s.agent_id FOR NO KEY UPDATE OF s
""",
)
_WRITE = Statement(
    "score_write",
    """
UPDATE scoring_agentscore s SET score = n.score, band = n.band, g = n.g, b = n.b, vendors = n.vendors,
    clusters = n.clusters, sample_size = n.sample_size, largest = n.largest, formula = n.formula, computed_on = $1
FROM jsonb_to_recordset($2::jsonb) AS n (agent text, score int, band text, g float8, b float8, vendors int,
    clusters int, sample_size int, largest jsonb, formula text)
WHERE s.agent_id = n.agent
""",
)
_FORGET_NOTES = Statement("score_forget_notes", "DELETE FROM scoring_stalescore WHERE agent = ANY($1)")
# Whoever has evidence, inherits some or had some the last time. In the order of ids, so that a walk can go on.
_NEXT = Statement(
    "score_next",
    """
SELECT a.id FROM agents_agent a WHERE a.id > $1 AND ($2::text IS NULL OR a.id <= $2) AND (
    EXISTS (SELECT 1 FROM scoring_agentscore s WHERE s.agent_id = a.id)
    OR EXISTS (SELECT 1 FROM scoring_receiptevidence r WHERE r.agent = a.id)
    OR EXISTS (SELECT 1 FROM scoring_caseevidence e JOIN agents_agent o ON o.id = e.agent_id
               WHERE o.id = a.id OR o.organization_id = a.organization_id))
ORDER BY a.id LIMIT $3
""",
)
_SPLIT = Statement(
    "score_split", "SELECT unnest(percentile_disc($1::float8[]) WITHIN GROUP (ORDER BY id)) FROM agents_agent"
)


def refresh_score(agent: Agent, *, at: datetime) -> Score:
    """Compute one agent's score from its evidence and write it down."""
    return refresh_scores([agent.pk], at=at)[agent.pk]


def refresh_concerned(agents: Collection[str], *, at: datetime) -> dict[str, Score]:
    """The scores of these agents, whose cases changed, and of the new agents of their organizations, which carry
    half of them."""
    if not agents:
        return {}
    day = utc_day(at)
    first_young = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=INHERITED_FOR_DAYS)
    organizations = Agent.objects.filter(pk__in=agents, organization__isnull=False).values("organization_id")
    young = Agent.objects.annotate(joined_at=Coalesce("claimed_at", "created_at")).filter(
        Q(pk__in=agents) | Q(organization_id__in=organizations, joined_at__gt=first_young)
    )
    return refresh_scores(list(young.values_list("pk", flat=True)), at=at)


def refresh_scores(
    agents: Sequence[str], *, at: datetime, known: Mapping[str, VendorFacts] | None = None
) -> dict[str, Score]:
    """As ``refresh_score`` for many at once; ``known`` are the facts of every vendor, for who computes many. Agents
    that do not exist are absent."""
    on = utc_day(at)
    with transaction.atomic():
        before, answers = _hold(agents, on, with_vendors=known is None)
        evidence = evidence_in(answers, list(before), known=known)
        scores = {agent: score_of(seen.receipts, seen.cases, on=on) for agent, seen in evidence.items()}
        ask(
            (_WRITE, [on.isoformat().encode(), _written(scores)]),
            score_question([(agent, one.score, one.band.value) for agent, one in scores.items()], at=at),
        )
        changed = [
            Entry(BandChanged(band, scores[agent].band.value), agent, organization)
            for agent, (band, organization) in before.items()
            if band != scores[agent].band
        ]
        record_all(changed, actor=system("scoring"), at=at)
    return scores


def refresh_all(*, at: datetime, after: str = "", until: str | None = None) -> Iterator[tuple[int, str]]:
    """Compute everybody's score who has or had evidence, with ids in ``(after, until]``: after each part how many,
    and where to go on. Safe to run at any time, twice, and in ranges side by side."""
    known = read_vendors()
    while agents := _next(after, until):
        refresh_scores(agents, at=at, known=known)
        after = agents[-1]
        yield len(agents), after


def ranges_of_agents(count: int) -> list[tuple[str, str | None]]:
    """``count`` ranges ``(after, until]`` that together hold every agent there is or will be, about as many in each:
    so that several workers share a night."""
    shares = [number / count for number in range(1, count)]
    (rows,) = ask((_SPLIT, [plain(shares).encode()]))
    bounds = [bound.decode() for (bound,) in rows if bound is not None]
    return list(zip(["", *bounds], [*bounds, None], strict=True))


def refresh_stale(*, at: datetime, count_max: int = AGENTS_PER_REFRESH) -> int:
    """Compute the scores of agents whose evidence weighs something else by another's change, the oldest notes first;
    how many agents there were. A note of an agent that is no more goes with them."""
    notes = StaleScore.objects.values("agent").annotate(first=Min("id")).order_by("first")
    agents = sorted(notes.values_list("agent", flat=True)[:count_max])
    with transaction.atomic():
        refresh_scores(agents, at=at)
        StaleScore.objects.filter(agent__in=agents).exclude(agent__in=Agent.objects.values("pk")).delete()
    return len(agents)


def _next(after: str, until: str | None) -> list[str]:
    bound = until.encode() if until is not None else None
    (rows,) = ask((_NEXT, [after.encode(), bound, b"%d" % AGENTS_PER_REFRESH]))
    return [agent.decode() for (agent,) in rows]


def _hold(
    agents: Sequence[str], on: date, *, with_vendors: bool
) -> tuple[dict[str, tuple[str, str | None]], list[list[Row]]]:
    """The rows of these agents, made where there is none and held until the transaction ends, as band and
    organization; and the answers to the questions about their evidence, asked after that."""
    ids = quoted(agents).encode()
    # Before the evidence is read: a note that comes while we compute is of a change we may not have seen.
    questions = [
        (_LOCK, [ids]),
        (_FORGET_NOTES, [ids]),
        *evidence_questions(agents, on=on, with_vendors=with_vendors),
    ]
    held, _, *answers = ask(*questions, begins=True)
    if len(held) < len(agents):
        nothing = (NOTHING.score, NOTHING.band.value, NOTHING.formula, on.isoformat())
        _, held, _, *answers = ask((_PLACES, [*(str(one).encode() for one in nothing), ids]), *questions)
    found = {
        agent.decode(): (band.decode(), organization.decode() if organization is not None else None)
        for agent, band, organization in held
    }
    return found, answers


def _written(scores: Mapping[str, Score]) -> bytes:
    return orjson.dumps(
        [
            {
                "agent": agent,
                "score": one.score,
                "band": one.band.value,
                "g": one.g,
                "b": one.b,
                "vendors": one.vendors,
                "clusters": one.clusters,
                "sample_size": one.sample_size,
                "largest": one.largest,
                "formula": one.formula,
            }
            for agent, one in scores.items()
        ]
    )
