"""What upheld findings ask for: shares of disputed purchases, of one agent and of all agents of an organization.

Signals propose, operators decide. A share is upheld disputes and frauds (a purchase once) over settled receipts of the
last 90 days (spec/accountability.md, the ladder and "Operator portfolio").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.journal.actor import system
from identity.journal.moderation_kinds import CaseLevelProposed
from identity.journal.record import record
from reputation.moderation.limits import (
    AGENT_DISPUTES_MIN,
    AGENT_PERMILLE_THROTTLE,
    AGENT_RECEIPTS_MIN,
    PORTFOLIO_DEPLATFORM_RECEIPTS_MIN,
    PORTFOLIO_PERMILLE_THROTTLE,
    PORTFOLIO_PERMILLE_WARNING,
    SHARE_WINDOW,
)
from reputation.moderation.models import Case, Detection, Finding, Report
from reputation.moderation.opening import about_of, open_case
from reputation.scoring.formula import SeverityKind
from reputation.scoring.models import CaseEvidence, ReceiptEvidence

DISPUTE_SHARE = "dispute_share"
PORTFOLIO_SHARE = "portfolio_share"
_BY = system("triage")
_COUNTED = (SeverityKind.DISPUTE.value, SeverityKind.FRAUD.value)


@dataclass(frozen=True, slots=True)
class Share:
    """``disputed`` purchases of ``settled`` ones; those that were disputed and upheld never settle."""

    disputed: int
    settled: int

    def reaches(self, permille: int) -> bool:
        """Whether it is at least so many in a thousand. In whole numbers: no rounding decides a measure."""
        return self.disputed > 0 and self.disputed * 1_000 >= permille * max(1, self.settled)


def propose_by_shares(case: Case, *, at: datetime) -> None:
    """Note what the shares ask for, on this case and on one about the whole organization. For the transaction of a
    finding, which holds the case."""
    agent = case.agent
    if agent is None:
        return
    if asks_for_throttle(share_of([agent.pk], at=at)):
        propose_level(case, 2, DISPUTE_SHARE, at=at)
    if agent.organization is not None:
        _propose_for_portfolio(agent.organization, at)


def share_of(agents: list[str], *, at: datetime) -> Share:
    """The share of these agents together, over the last 90 days."""
    since = at - SHARE_WINDOW
    upheld = CaseEvidence.objects.filter(
        agent__in=agents, withdrawn_at=None, severity__in=_COUNTED, decided_at__gt=since, authorization__isnull=False
    )
    settled = ReceiptEvidence.objects.filter(agent__in=agents, is_own=False, settled_on__gt=since.date())
    return Share(upheld.values("authorization").distinct().count(), settled.count())


def asks_for_throttle(share: Share) -> bool:
    """1.5 % with at least 20 receipts and 3 disputes: two unlucky days are not yet a pattern."""
    enough = share.settled >= AGENT_RECEIPTS_MIN and share.disputed >= AGENT_DISPUTES_MIN
    return enough and share.reaches(AGENT_PERMILLE_THROTTLE)


def level_for_portfolio(share: Share) -> int | None:
    """The step of the ladder that all agents of one organization together ask for: 0 from 0.3 %, 2 from 0.5 %, and 5
    from 0.5 % of at least 1,000 receipts. None below, and while there is as little to go by as for one agent."""
    if share.settled < AGENT_RECEIPTS_MIN or share.disputed < AGENT_DISPUTES_MIN:
        return None
    if share.reaches(PORTFOLIO_PERMILLE_THROTTLE):
        return 5 if share.settled >= PORTFOLIO_DEPLATFORM_RECEIPTS_MIN else 2
    return 0 if share.reaches(PORTFOLIO_PERMILLE_WARNING) else None


def propose_level(case: Case, level: int, reason: str, *, at: datetime) -> None:
    """Raise what the case asks for; a step that was asked for before is not asked for again."""
    if case.level_proposed >= level:
        return
    case.level_proposed = level
    case.save(update_fields=["level_proposed"])
    record(CaseLevelProposed(about_of(case), level, reason), subject=case.pk, actor=_BY, at=at)


def _propose_for_portfolio(organization: Organization, at: datetime) -> None:
    """Only where more than one agent is concerned: what one did is its own case."""
    agents = list(Agent.objects.filter(organization=organization).values_list("pk", flat=True))
    concerned = Report.objects.filter(about__in=agents, finding=Finding.UPHELD, decided_at__gt=at - SHARE_WINDOW)
    if concerned.values("about").distinct().count() < 2:
        return
    level = level_for_portfolio(share_of(agents, at=at))
    if level is None:
        return
    case = open_case(organization=organization, detection=Detection.AUTOMATED_SIGNAL, actor=_BY, at=at)
    propose_level(case, level, PORTFOLIO_SHARE, at=at)
