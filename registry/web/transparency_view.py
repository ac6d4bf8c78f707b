"""The figures of the transparency page: what was reported and decided, quarter by quarter, counted from the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Aggregate, Count, DurationField, F, Min, Q, QuerySet
from django.db.models.functions import TruncQuarter
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity.accounts.amounts import count_in_digits
from registry.web.charts import Series, bar, columns
from registry.web.sanction_words import MEASURE_WORDS, REASON_WORDS
from reputation.moderation.ladder import LADDER, Level
from reputation.moderation.models import Appeal, AppealOutcome, AppealState, Case, Detection, Report, Sanction

QUARTERS_SHOWN = 4
NOTHING = "-"
_MONTHS = 3


class Median(Aggregate):
    """``percentile_cont(0.5)``: half of all took less."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True, slots=True)
class Figure:
    words: str
    shown: str
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Quarter:
    start: datetime

    @property
    def words(self) -> str:
        return _("Q%(number)s %(year)s") % {"number": (self.start.month - 1) // _MONTHS + 1, "year": self.start.year}


@dataclass(frozen=True, slots=True)
class Cell:
    words: str
    shown: str


@dataclass(frozen=True, slots=True)
class DrawingRow:
    group: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart, and the same numbers as rows."""

    words: str
    svg: SafeString
    series: Sequence[Series]
    rows: list[DrawingRow]


@dataclass(frozen=True, slots=True)
class Tally:
    words: str
    count: int
    bar: SafeString


@dataclass(frozen=True, slots=True)
class Table:
    words: str
    aside: str
    column: str
    rows: list[Tally]


@dataclass(frozen=True, slots=True)
class Transparency:
    quarters: list[Quarter]
    headlines: list[Figure]
    drawings: list[Drawing]
    tables: list[Table]


def transparency(at: datetime) -> Transparency:
    """Everything the page shows, of the quarter of ``at`` and the three before it (UTC)."""
    quarters = quarters_until(at)
    since = quarters[0].start
    reports = Report.objects.firsts().filter(filed_at__gte=since, filed_at__lte=at)
    measures = Sanction.objects.published().filter(starts_at__gte=since, starts_at__lte=at)
    appeals = Appeal.objects.filter(state=AppealState.DECIDED, decided_at__gte=since, decided_at__lte=at)
    overturned = appeals.filter(outcome=AppealOutcome.OVERTURNED)
    return Transparency(
        quarters=quarters,
        headlines=_headlines(reports, measures, appeals, since, at),
        drawings=[
            _drawing(
                _("Reports and measures"),
                quarters,
                Series(_("Reports"), _by_quarter(reports, "filed_at", quarters)),
                Series(_("Measures"), _by_quarter(measures, "starts_at", quarters)),
            ),
            _drawing(
                _("Appeals"),
                quarters,
                Series(_("Decided"), _by_quarter(appeals, "decided_at", quarters)),
                Series(_("Overturned"), _by_quarter(overturned, "decided_at", quarters)),
            ),
        ],
        tables=[_by_level(measures), _by_reason(measures)],
    )


def quarters_until(at: datetime) -> list[Quarter]:
    """The four quarters that end with the one of ``at``, oldest first."""
    at = at.astimezone(UTC)
    months = at.year * 12 + (at.month - 1) // _MONTHS * _MONTHS
    starts = (divmod(months - _MONTHS * back, 12) for back in reversed(range(QUARTERS_SHOWN)))
    return [Quarter(datetime(year, month + 1, 1, tzinfo=UTC)) for year, month in starts]


def in_days(took: timedelta | None) -> str:
    """A duration to read: hours below two days, whole days from there on."""
    if took is None:
        return NOTHING
    hours = round(took.total_seconds() / 3_600)
    if hours < 48:
        return ngettext("%s hour", "%s hours", hours) % hours
    return ngettext("%s day", "%s days", round(hours / 24)) % round(hours / 24)


def percent(part: int, whole: int) -> str:
    """A share to read; a dash when there is nothing to take a share of."""
    return f"{round(100 * part / whole)} %" if whole else NOTHING


def _headlines(
    reports: QuerySet[Report], measures: QuerySet[Sanction], appeals: QuerySet[Appeal], since: datetime, at: datetime
) -> list[Figure]:
    decided = appeals.aggregate(
        count=Count("pk"),
        overturned=Count("pk", filter=Q(outcome=AppealOutcome.OVERTURNED)),
        took=Median(F("decided_at") - F("opened_at")),
    )
    taken = measures.aggregate(count=Count("pk"), noticed=Count("pk", filter=Q(detection=Detection.AUTOMATED_SIGNAL)))
    standing = Sanction.objects.in_force().filter(level__gte=Level.UNDER_REVIEW)
    standing = standing.filter(Q(ends_at=None) | Q(ends_at__gt=at), Q(confirm_by=None) | Q(confirm_by__gt=at))
    return [
        Figure(_("Reports"), count_in_digits(reports.count()), _("in four quarters")),
        Figure(
            _("Measures"), count_in_digits(taken["count"]), _("%s in force now") % count_in_digits(standing.count())
        ),
        Figure(_("From report to measure"), in_days(_time_to_measure(since, at)), _("median")),
        Figure(
            _("Noticed by a program"), percent(taken["noticed"], taken["count"]), _("of measures; people decided all")
        ),
        Figure(_("Appeals decided"), count_in_digits(decided["count"]), _("median %s") % in_days(decided["took"])),
        Figure(
            _("Overturned"), percent(decided["overturned"], decided["count"]), _("of the appeals that were decided")
        ),
    ]


def _time_to_measure(since: datetime, at: datetime) -> timedelta | None:
    """The median of a case's first report to its first measure."""
    cases = Case.objects.annotate(
        reported=Min("reports__filed_at"),
        measured=Min("sanctions__starts_at", filter=Q(sanctions__level__gte=Level.UNDER_REVIEW)),
    ).filter(reported__isnull=False, measured__gte=since, measured__lte=at)
    median: timedelta | None = cases.aggregate(took=Median(F("measured") - F("reported")))["took"]
    return median


def _by_quarter(rows: QuerySet[Any], field: str, quarters: Sequence[Quarter]) -> list[int]:
    found = rows.order_by().annotate(quarter=TruncQuarter(field, tzinfo=UTC)).values_list("quarter")
    counts = dict(found.annotate(count=Count("pk")))
    return [counts.get(quarter.start, 0) for quarter in quarters]


def _drawing(words: str, quarters: Sequence[Quarter], *series: Series) -> Drawing:
    names = [quarter.words for quarter in quarters]
    return Drawing(
        words=words,
        svg=columns(title=_("%s by quarter") % words, groups=names, series=series),
        series=series,
        rows=[
            DrawingRow(name, [Cell(each.words, count_in_digits(each.values[place] or 0)) for each in series])
            for place, name in enumerate(names)
        ],
    )


def _by_level(measures: QuerySet[Sanction]) -> Table:
    counts = dict(measures.order_by().values_list("level").annotate(count=Count("pk")))
    found = [
        (str(MEASURE_WORDS[rung.measure]), counts.get(rung.level, 0)) for rung in LADDER.values() if rung.is_public
    ]
    rows = _tallies(found) if counts else []
    return Table(_("By level"), _("of the ladder, in four quarters"), _("Measure"), rows)


def _by_reason(measures: QuerySet[Sanction]) -> Table:
    counts = measures.order_by().values_list("reason").annotate(count=Count("pk")).order_by("-count", "reason")
    rows = _tallies([(str(REASON_WORDS[reason]), count) for reason, count in counts])
    return Table(_("By reason"), _("most frequent first"), _("Reason"), rows)


def _tallies(found: Sequence[tuple[str, int]]) -> list[Tally]:
    most = max((count for _words, count in found), default=0)
    return [Tally(words, count, bar(share=count / most if most else 0)) for words, count in found]
