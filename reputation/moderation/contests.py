"""Contested items of scores: answered by somebody who did not uphold the report and has no part in it."""

from __future__ import annotations

from datetime import datetime

from identity.accounts.models import User
from identity.primitives.errors import NotPermitted
from reputation.moderation.involvement import conflict_in_report
from reputation.moderation.models import Report
from reputation.scoring.contest import answer_contest
from reputation.scoring.models import CaseEvidence, Contest


def answer_contested(*, contest: Contest, is_accepted: bool, answer: str, operator: User, at: datetime) -> Contest:
    """As ``answer_contest`` of scoring, by an operator for whom nothing stands against it. NotPermitted
    ``conflict_of_interest``."""
    if reason := conflict_in_contest(operator, contest):
        raise NotPermitted("conflict_of_interest", reason)
    return answer_contest(contest=contest, is_accepted=is_accepted, answer=answer, operator=operator, at=at)


def conflict_in_contest(operator: User, contest: Contest) -> str:
    """Why this operator must not answer, in a sentence; "" when nothing stands against it. Stops a reporter's people
    from defending their own report, and whoever upheld it from being asked whether she was right."""
    upheld = CaseEvidence.objects.filter(pk=contest.item).values("report")
    reports = Report.objects.select_related("about__organization", "case__organization")
    report = reports.filter(pk__in=upheld).first()
    if report is None:
        return ""
    if report.decided_by_id == operator.pk:
        return "You upheld this report; somebody else looks at it again."
    return conflict_in_report(operator, report)
