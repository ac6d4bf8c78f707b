"""The registry's own limits of an agent: written here by what judges behaviour and by who vouches for the agent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from identity.agents import fence
from identity.agents.models import Agent
from identity.journal.actor import Actor
from identity.journal.record import record
from identity.journal.spending_kinds import AgentThrottled, AgentUnthrottled, BondSet, InsuranceSet
from identity.primitives.errors import InvalidInput
from identity.primitives.money import AMOUNT_MAX
from identity.primitives.round_trip import Parameters, Statement, run
from identity.spending.array_text import plain, quoted
from identity.spending.models import AgentTerms, TermsBand
from identity.spending.underwriting import Terms

Scored = tuple[str, int | None, str]  # agent, score, band
_SET_SCORES = Statement(
    "terms_set_scores",
    """
INSERT INTO spending_agentterms AS terms (agent_id, score, band, scored_at, is_throttled, insured_up_to, insurer,
    certificate, insured_actions, bond, surety, bond_certificate)
SELECT agent, score, band, $1::timestamptz, false, 0, '', '', '{}', 0, '', ''
FROM unnest($2::text[], $3::smallint[], $4::text[]) AS new(agent, score, band) ORDER BY agent
ON CONFLICT (agent_id) DO UPDATE SET score = excluded.score, band = excluded.band, scored_at = excluded.scored_at
WHERE (terms.score, terms.band) IS DISTINCT FROM (excluded.score, excluded.band)
RETURNING agent_id
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Somebody else answers for the agent: an insurer for each occurrence, or a surety with a bond.

    ``amount`` is euros in minor units, ``by`` the DID of who answers, ``certificate`` the credential's id.
    ``actions`` are covered with everything below them (``/commerce``); a bond covers all.
    """

    amount: int
    by: str
    certificate: str
    until: datetime
    actions: tuple[str, ...] = ()


def terms_of(agent: Agent) -> tuple[AgentTerms, Terms]:
    """The row of an agent's terms, an unsaved one where nothing was written yet, and what it says to the rule. For
    pages: a decision reads both behind its fence."""
    row = AgentTerms.objects.filter(pk=agent.pk).first() or AgentTerms(agent=agent)
    return row, Terms(
        assurance_level=agent.organization.assurance_level if agent.organization else 0,
        band=row.band,
        score=row.score,
        is_throttled=row.is_throttled,
        insured_up_to=row.insured_up_to,
        insurer=row.insurer,
        certificate=row.certificate,
        insured_actions=tuple(row.insured_actions),
        insured_until=row.insured_until,
        bond=row.bond,
        bond_until=row.bond_until,
    )


def set_score(*, agent: str, score: int | None, band: str, at: datetime) -> None:
    """Let the agent's ceiling follow its score, 0 to 1000, and its band from this commit on."""
    set_scores([(agent, score, band)], at=at)


def set_scores(scores: Sequence[Scored], *, at: datetime) -> int:
    """Of many agents in one statement; how many changed. InvalidInput ``band_unknown``."""
    if not scores:
        return 0
    connection.ensure_connection()
    with connection.wrap_database_errors:
        (changed,) = run(connection.connection, score_question(scores, at=at))
    return len(changed)


def score_question(scores: Sequence[Scored], *, at: datetime) -> tuple[Statement, Parameters]:
    """What ``set_scores`` sends, for who sends more with it: a row for each that changed. InvalidInput
    ``band_unknown``."""
    agents, values, bands = (list(column) for column in zip(*scores, strict=True)) if scores else ([], [], [])
    bands = [str(band) for band in bands]
    if not set(bands) <= set(TermsBand.values):
        raise InvalidInput("band_unknown", f"A band is one of {', '.join(TermsBand.values)}.", field="band")
    columns = [quoted(agents), plain(values), plain(bands)]
    return _SET_SCORES, [at.isoformat().encode(), *(column.encode() for column in columns)]


def set_throttle(*, agent: Agent, is_throttled: bool, actor: Actor, at: datetime) -> bool:
    """Quarter what the agent may spend at once and have its human asked every time, or end that; whether it changed.

    For the transaction that decided so and holds the fence of the agent, or of its organization, alone: then it has
    waited for the authorizations already running, and every later one sees this. It takes no fence itself, since one
    decision may throttle more agents than the lock table has room for.
    """
    with transaction.atomic():
        terms = _locked(agent)
        if terms.is_throttled == is_throttled:
            return False
        terms.is_throttled = is_throttled
        terms.save(update_fields=["is_throttled"])
        event = AgentThrottled() if is_throttled else AgentUnthrottled()
        record(event, subject=agent.pk, actor=actor, at=at, organization=agent.organization_id)
    return True


def set_insurance(*, agent: Agent, cover: Cover | None, actor: Actor, at: datetime) -> AgentTerms:
    """Count what an insurer answers for, from a credential that was verified before; None counts it no longer. A later
    end of the same cover is no news. InvalidInput ``cover_invalid``."""
    _check(cover, at)
    with transaction.atomic():
        fence.exclusive(agent.pk)
        terms = _locked(agent)
        before = (terms.insured_up_to, terms.insurer, terms.certificate, terms.insured_actions)
        terms.insured_up_to, terms.insured_until = (cover.amount, cover.until) if cover else (0, None)
        terms.insurer, terms.certificate = (cover.by, cover.certificate) if cover else ("", "")
        terms.insured_actions = list(cover.actions) if cover else []
        terms.save(update_fields=["insured_up_to", "insured_until", "insurer", "certificate", "insured_actions"])
        if before != (terms.insured_up_to, terms.insurer, terms.certificate, terms.insured_actions):
            event = InsuranceSet(amount=terms.insured_up_to, by=terms.insurer, certificate=terms.certificate)
            record(event, subject=agent.pk, actor=actor, at=at, organization=agent.organization_id)
    return terms


def set_bond(*, agent: Agent, cover: Cover | None, actor: Actor, at: datetime) -> AgentTerms:
    """Count a bond that was posted for the agent, as ``set_insurance`` does. InvalidInput ``cover_invalid``."""
    _check(cover, at)
    with transaction.atomic():
        fence.exclusive(agent.pk)
        terms = _locked(agent)
        before = (terms.bond, terms.surety, terms.bond_certificate)
        terms.bond, terms.bond_until = (cover.amount, cover.until) if cover else (0, None)
        terms.surety, terms.bond_certificate = (cover.by, cover.certificate) if cover else ("", "")
        terms.save(update_fields=["bond", "bond_until", "surety", "bond_certificate"])
        if before != (terms.bond, terms.surety, terms.bond_certificate):
            event = BondSet(amount=terms.bond, by=terms.surety, certificate=terms.bond_certificate)
            record(event, subject=agent.pk, actor=actor, at=at, organization=agent.organization_id)
    return terms


def _locked(agent: Agent) -> AgentTerms:
    AgentTerms.objects.bulk_create([AgentTerms(agent_id=agent.pk)], ignore_conflicts=True)
    return AgentTerms.objects.select_for_update(no_key=True).get(pk=agent.pk)


def _check(cover: Cover | None, at: datetime) -> None:
    if cover is not None and not (0 < cover.amount <= AMOUNT_MAX and cover.by and cover.certificate):
        raise InvalidInput("cover_invalid", "A cover names an amount, who answers for it and its certificate.")
    if cover is not None and cover.until <= at:
        raise InvalidInput("cover_invalid", "This cover has ended.")
