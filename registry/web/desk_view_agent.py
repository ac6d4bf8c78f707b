"""The subject of a case as an operator needs it: what it is, who answers for it, how it stands, what came before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from identity.accounts.models import Organization
from identity.agents.models import Agent
from registry.directory.models import Domain, DomainState, Name
from reputation.moderation.models import Case, Report
from reputation.scoring.models import AgentScore

NAMES_MAX = 5
CASES_MAX = 10
COUNTED_MAX = 1_000


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """An agent or, where ``agent`` is None, an organization as a whole."""

    agent: Agent | None
    organization: Organization | None
    names: list[str]
    keys: int
    domains: list[str]
    score: AgentScore | None
    band: str
    other_cases: list[Case]
    reports: int


def facts_of_case(case: Case, *, at: datetime) -> SubjectFacts:
    return subject_facts(case.agent, case.organization, beside=case, at=at)


def subject_facts(
    agent: Agent | None, organization: Organization | None, *, beside: Case | None = None, at: datetime
) -> SubjectFacts:
    """``beside`` is the case that the page is about, and so not among the others."""
    cases = Case.objects.filter(agent=agent) if agent else Case.objects.filter(organization=organization)
    others = cases.exclude(pk=beside.pk) if beside else cases
    score = AgentScore.objects.filter(agent=agent).first() if agent else None
    reports = Report.objects.filter(about=agent) if agent else Report.objects.filter(about__organization=organization)
    return SubjectFacts(
        agent=agent,
        organization=organization,
        names=_names(agent, at) if agent else [],
        keys=sum(key.is_valid(at) for key in agent.verification_methods.all()) if agent else 0,
        domains=_domains(organization),
        score=score,
        band=f"band.{score.band}" if score else "band.unknown",
        other_cases=list(others.order_by("-id")[:CASES_MAX]),
        reports=reports[:COUNTED_MAX].count(),
    )


def _names(agent: Agent, at: datetime) -> list[str]:
    names = Name.objects.filter(agent=agent).order_by("fqn")[:NAMES_MAX]
    return [name.fqn for name in names if not name.has_ended(at)]


def _domains(organization: Organization | None) -> list[str]:
    proven = Q(state__in=[DomainState.PROVEN, DomainState.UNREACHABLE])
    rows: Any = Domain.objects.filter(proven, organization=organization).order_by("domain")
    return list(rows.values_list("domain", flat=True)[:NAMES_MAX]) if organization else []
