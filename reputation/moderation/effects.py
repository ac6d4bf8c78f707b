"""From sanctions to standings: whatever changes a sanction ends by calling this, in the same transaction.

Nothing is switched on and off by hand. Each time, every agent concerned is brought to where the sanctions in force say
that it stands: the gravest one counts, and when the last one that touched its standing has ended the agent stands as
before the first, to the letter. So measures may begin and end in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from identity.accounts.models import Organization
from identity.agents import fence
from identity.agents.measures import (
    AgentStanding,
    Wanted,
    bring_agents,
    lock_agents,
    revoked_by_registry,
    suspended_by_registry,
)
from identity.agents.models import Agent, AgentStatus
from identity.journal.actor import Actor, system
from identity.journal.moderation_kinds import HoldsVoided
from identity.journal.record import record
from identity.spending.expiry import void_holds
from identity.spending.models import AgentTerms
from identity.spending.terms import set_throttle
from reputation.moderation.ladder import Level, rung_of
from reputation.moderation.limits import FENCES_AT_ONCE_MAX, HOLDS_VOIDED_AT_ONCE
from reputation.moderation.models import OPEN_STATES, AgentBefore, Sanction, SanctionState
from reputation.moderation.reach import agents_of, open_holds_of, subject_of
from reputation.scoring.models import VendorReview
from reputation.scoring.vendor_review import clear_under_review, mark_under_review

Subject = Agent | Organization


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the open sanctions say of one agent: the gravest level in force, its reason and since when, whether any of
    them throttles or labels it, and whether its entry is held, by what is in force or only proposed."""

    level: int
    reason: str
    since: datetime
    is_throttled: bool
    is_labeled: bool
    is_held: bool


def close_gates(subject: Subject) -> None:
    """Take the fences of the subject, alone, before any row lock: what relies on its standing has committed, and what
    comes later waits for this transaction and sees its outcome.

    Of an organization its own fence is enough for authorizations, which share it; those of its agents are taken too
    while their number fits into the lock table.
    """
    keys = [subject.pk]
    if isinstance(subject, Organization):
        agents = list(agents_of(subject).order_by("pk").values_list("pk", flat=True)[: FENCES_AT_ONCE_MAX + 1])
        keys += agents if len(agents) <= FENCES_AT_ONCE_MAX else []
    fence.hold(alone=keys)


def apply_sanctions(subject: Subject, *, actor: Actor, at: datetime) -> None:
    """Bring every agent of the subject to where the sanctions of this moment put it. The caller has closed the gates
    and changed the sanctions."""
    agents = lock_agents(agents_of(subject).values_list("pk", flat=True))
    verdicts = _verdicts(agents, at=at)
    _remember(agents, verdicts)
    before = AgentBefore.objects.in_bulk([agent.pk for agent in agents])
    wanted = [_wanted(agent, verdicts[agent.pk], before.get(agent.pk)) for agent in agents]
    bring_agents(wanted, actor=actor, at=at)
    _forget(agents, verdicts)
    _follow_reviews(agents, verdicts, actor=actor, at=at)
    _follow_throttles(agents, verdicts, actor=actor, at=at)


def put_under_measures(agent: Agent, *, at: datetime) -> Agent:
    """For the transaction that registered or claimed this agent, and holds its organization's row: what stands against
    the organization as a whole reaches it from its first moment. Stops an organization that is suspended or throttled
    from going on with a new agent and a new key."""
    whole = Sanction.objects.is_open().filter(agent=None, organization=agent.organization_id)
    if whole.exclude(level=Level.NOTE).exists():
        apply_sanctions(agent, actor=system("registration"), at=at)
        agent.refresh_from_db()
    return agent


def void_open_holds(sanction: Sanction, *, actor: Actor, at: datetime) -> int:
    """End what stands open on the authority that has ended now; how many holds.

    From level 3 on open holds are void (spec: delegation, cascade). Those beyond the number that one transaction takes
    are ended by the sweep; a vendor that asks before is told so by the capture itself, which looks at the standing.
    """
    holds = open_holds_of(agents_of(subject_of(sanction))).order_by("pk").values_list("pk", flat=True)
    count = void_holds(list(holds[:HOLDS_VOIDED_AT_ONCE]), actor=actor, at=at)
    if count:
        event = HoldsVoided(about=sanction.about_id, level=sanction.level, case=sanction.case_id, count=count)
        record(event, subject=sanction.pk, actor=actor, at=at, organization=sanction.organization_id)
    return count


def _verdicts(agents: Sequence[Agent], *, at: datetime) -> dict[str, Verdict]:
    organizations = {agent.organization_id for agent in agents if agent.organization_id}
    whole = Q(agent=None, organization_id__in=organizations)
    rows = list(
        Sanction.objects.filter(Q(agent_id__in=[agent.pk for agent in agents]) | whole, state__in=OPEN_STATES)
        .exclude(level=Level.NOTE)
        .order_by("-level", "id")
    )
    by_agent: dict[str, list[Sanction]] = {}
    by_organization: dict[str, list[Sanction]] = {}
    for row in rows:
        (by_agent if row.agent_id else by_organization).setdefault(row.about_id, []).append(row)
    return {
        agent.pk: _verdict([*by_agent.get(agent.pk, []), *by_organization.get(agent.organization_id or "", [])], at)
        for agent in agents
    }


def _verdict(sanctions: Iterable[Sanction], at: datetime) -> Verdict:
    found = sorted(sanctions, key=lambda one: (-one.level, one.pk))
    in_force = [one for one in found if one.state == SanctionState.EFFECTIVE]
    reached = [one for one in in_force if one.agents_from is None or one.agents_from <= at]
    gravest = reached[0] if reached else None
    return Verdict(
        level=gravest.level if gravest else 0,
        reason=gravest.reason if gravest else "",
        since=(gravest.agents_from or gravest.starts_at or at) if gravest else at,
        is_throttled=any(one.level == Level.THROTTLED for one in reached),
        is_labeled=bool(in_force),
        is_held=any(rung_of(one.level).holds_entry for one in found),
    )


def _remember(agents: Sequence[Agent], verdicts: dict[str, Verdict]) -> None:
    """Write down how each agent stood before the first measure that changes its standing."""
    AgentBefore.objects.bulk_create(
        [
            AgentBefore(
                agent=agent,
                status=agent.status,
                status_reason=agent.status_reason,
                suspended_by=agent.suspended_by,
                status_changed_at=agent.status_changed_at,
            )
            for agent in agents
            if _stops(verdicts[agent.pk], agent)
        ],
        ignore_conflicts=True,
    )


def _stops(verdict: Verdict, agent: Agent) -> bool:
    return verdict.level >= Level.SUSPENDED and agent.status not in (AgentStatus.DEACTIVATED, AgentStatus.UNCLAIMED)


def _wanted(agent: Agent, verdict: Verdict, before: AgentBefore | None) -> Wanted:
    """Under a measure that stops it, or back to how it stood before; one that was deactivated meanwhile stays so."""
    if _stops(verdict, agent):
        make = suspended_by_registry if verdict.level == Level.SUSPENDED else revoked_by_registry
        return Wanted(agent, make(reason=verdict.reason, at=verdict.since), is_held=verdict.is_held)
    if before is None or agent.status == AgentStatus.DEACTIVATED:
        return Wanted(agent, None, is_held=verdict.is_held)
    standing = AgentStanding(before.status, before.status_reason, before.suspended_by, before.status_changed_at)
    return Wanted(agent, standing, is_held=verdict.is_held, is_restored=True)


def _forget(agents: Sequence[Agent], verdicts: dict[str, Verdict]) -> None:
    over = [agent.pk for agent in agents if not _stops(verdicts[agent.pk], agent)]
    AgentBefore.objects.filter(agent_id__in=over).delete()


def _follow_reviews(agents: Sequence[Agent], verdicts: dict[str, Verdict], *, actor: Actor, at: datetime) -> None:
    """Receipts of a vendor that a measure stands against weigh half."""
    marked = set(
        VendorReview.objects.filter(vendor__in=[agent.pk for agent in agents]).values_list("vendor", flat=True)
    )
    sellers = Agent.objects.filter(pk__in=[agent.pk for agent in agents], vendor__isnull=False)
    selling = set(sellers.values_list("pk", flat=True))
    for agent in agents:
        is_labeled = verdicts[agent.pk].is_labeled
        if is_labeled and agent.pk in selling and agent.pk not in marked:
            mark_under_review(agent=agent, actor=actor, at=at)
        elif not is_labeled and agent.pk in marked:
            clear_under_review(agent=agent, actor=actor, at=at)


def _follow_throttles(agents: Sequence[Agent], verdicts: dict[str, Verdict], *, actor: Actor, at: datetime) -> None:
    """Last of all: scores may have been computed in this transaction, and their rows come before those of terms."""
    ids = [agent.pk for agent in agents]
    throttled = set(AgentTerms.objects.filter(agent_id__in=ids, is_throttled=True).values_list("agent_id", flat=True))
    for agent in agents:
        is_throttled = verdicts[agent.pk].is_throttled
        if is_throttled != (agent.pk in throttled):
            set_throttle(agent=agent, is_throttled=is_throttled, actor=actor, at=at)
