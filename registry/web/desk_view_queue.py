"""The queue of cases: which of them, in which order, and what an operator sees of each before opening it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from identity.accounts.models import User
from registry.directory.models import Name
from registry.web.desk_view import age_in_words
from reputation.moderation.models import Case, Report

SHOWN = (
    ("open", _("Open")),
    ("mine", _("Mine")),
    ("unassigned", _("Nobody's")),
    ("closed", _("Closed")),
)
# Severity is the weight that the gravest report would have in a score (0 to 15): words, tone and the least weight.
SEVERITIES = ((15, "severity.grave"), (6, "severity.serious"), (1, "severity.minor"), (0, "severity.none"))


@dataclass(frozen=True, slots=True)
class QueueRow:
    case: Case
    age: str
    reports: int
    clusters: int
    """How many independent parties reported: those of one owner count once."""

    @property
    def about(self) -> str:
        return name_of(self.case)

    @property
    def severity(self) -> str:
        return severity_of(self.case)


def name_of(case: Case) -> str:
    """Whom the case is about, by the name people know."""
    subject = case.agent.display_name if case.agent else case.organization
    return str(subject or case.pk)


def severity_of(case: Case) -> str:
    """The name of the badge in ``registry.web.states``."""
    return next(badge for least, badge in SEVERITIES if case.severity >= least)


def cases_shown(shown: str, *, operator: User) -> QuerySet[Case]:
    """The cases under one tab: the gravest first and the oldest of these first; closed ones by the newest."""
    cases = Case.objects.select_related("agent", "organization", "assigned_to")
    if shown == "closed":
        return cases.exclude(pk__in=cases.open()).order_by("-id")
    narrowed = {"mine": Q(assigned_to=operator), "unassigned": Q(assigned_to=None)}.get(shown, Q())
    return cases.open().filter(narrowed).most_severe_first()


def matching(cases: QuerySet[Case], words: str) -> QuerySet[Case]:
    """Those of an agent (by id, DID, name in the directory or part of what it is called), an organization, a report."""
    by_name = Name.objects.filter(fqn=words.lower(), agent=OuterRef("agent"))
    by_report = Report.objects.filter(pk=words, case=OuterRef("pk"))
    return cases.filter(
        Q(pk=words)
        | Q(agent_id=words)
        | Q(agent__did=words)
        | Q(organization_id=words)
        | Q(agent__display_name__icontains=words)
        | Q(organization__name__icontains=words)
        | Exists(by_name)
        | Exists(by_report)
    )


def after(cases: QuerySet[Case], shown: str, cursor: str) -> QuerySet[Case]:
    """What follows the case that the page before ended with; a cursor that makes no sense is left out."""
    severity, _dot, last = cursor.partition(".")
    if not last or not severity.isdecimal() or len(severity) > 2:
        return cases
    if shown == "closed":
        return cases.filter(pk__lt=last[:32])
    return cases.filter(Q(severity__lt=int(severity)) | Q(severity=int(severity), pk__gt=last[:32]))


def cursor_of(case: Case) -> str:
    return f"{case.severity}.{case.pk}"


def rows_of(cases: Sequence[Case], *, at: datetime) -> list[QueueRow]:
    counts = _counts(cases)
    return [QueueRow(case, age_in_words(case.opened_at, case.closed_at or at), *counts[case.pk]) for case in cases]


def _counts(cases: Sequence[Case]) -> dict[str, tuple[int, int]]:
    """By case: its reports, and how many parties stand behind those that count."""
    ids = [case.pk for case in cases]
    found: QuerySet[Any] = Report.objects.filter(case__in=ids).values("case")
    reports = dict(found.annotate(n=Count("pk")).values_list("case", "n"))
    weighing: QuerySet[Any] = Report.objects.counted().filter(case__in=ids).values("case")
    clusters = dict(weighing.annotate(n=Count("cluster", distinct=True)).values_list("case", "n"))
    return {id: (reports.get(id, 0), clusters.get(id, 0)) for id in ids}
