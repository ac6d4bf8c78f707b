"""What a report sets in motion by itself: it joins the open case of its agent, or several of them open one.

Automation stops there. It may say that the reports ask for a label; whether the agent gets one, an operator decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from identity.agents.models import Agent
from identity.journal.actor import system
from reputation.moderation.clusters import Cluster
from reputation.moderation.limits import LABEL_CLUSTERS_MIN, LABEL_REPORTS_MIN, REPORTS_COUNT_FOR
from reputation.moderation.models import Case, CaseState, Detection, Report
from reputation.moderation.opening import join_case, open_case, open_case_about
from reputation.moderation.signals import propose_level

LABEL_LEVEL = 1  # of the ladder: "under review" in public
THRESHOLD_PASSED = "independent_reports"
_BY = system("triage")


def triage(report: Report, cluster: Cluster, *, at: datetime) -> Case | None:
    """Put a new first report where it belongs; the case it is in now, if any. For the transaction of the report, with
    its agent's row locked, so that two reports cannot both be the third."""
    about = report.about
    is_passed = is_threshold_passed(counted_reports(about, at=at), cluster)
    case = open_case_about(about, about.organization)
    if case is not None:
        join_case(report, case, actor=_BY, at=at)
    elif is_passed:
        case = open_case(agent=about, detection=Detection.AUTOMATED_SIGNAL, actor=_BY, at=at)
    if case is not None and is_passed:
        propose_level(case, LABEL_LEVEL, THRESHOLD_PASSED, at=at)
    return case


def counted_reports(about: Agent, *, at: datetime) -> list[Report]:
    """The reports about this agent that weigh and that no closed case has dealt with, of the last 90 days."""
    recent = Report.objects.counted().filter(about=about, filed_at__gt=at - REPORTS_COUNT_FOR)
    return list(recent.exclude(case__state=CaseState.CLOSED))


def is_threshold_passed(counted: Sequence[Report], cluster: Cluster) -> bool:
    """Whether three reports of three unrelated owners ask for a label. ``cluster`` are the new report's owners, as
    they are related today: what they filed under another name counts as theirs."""
    voices = {cluster.key if report.organization_id in cluster.organizations else report.cluster for report in counted}
    return len(counted) >= LABEL_REPORTS_MIN and len(voices) >= LABEL_CLUSTERS_MIN
