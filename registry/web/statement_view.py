"""A statement as its page shows it: sums, charts, tables and lines, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from typing import Any
from urllib.parse import urlencode

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.accounts.amounts import amount_in_digits, count_in_digits
from identity.primitives.money import SANDBOX_CURRENCY, Money, exponent_of
from identity.spending.models import Authorization, CloseReason
from identity.spending.statement import Breakdown, Parties, Selection, Show, Step, Sum, called, sum_of
from identity.spending.statement_sums import break_down, parties_in
from registry.web.charts import Series, bar, columns
from registry.web.forms.statement import StatementForm
from registry.web.statement_names import Party, kind_words, parties_of, unknown_party
from registry.web.statement_period import Period

ROWS_SHOWN_MAX = 10
CHOICES_MAX = 100
NAMES_DRAWN_MAX = 6
FILTERS = ("agent", "vendor", "kind", "show", "currency", "q")

# A word of ``registry.web.states`` for its tone and icon, and the words that stand there.
_ENDED: dict[str, tuple[str, Any]] = {
    CloseReason.VOIDED: ("cancelled", gettext_lazy("Released")),
    CloseReason.EXPIRED: ("expired", gettext_lazy("Ran out")),
    CloseReason.REVOKED: ("cancelled", gettext_lazy("Released: its authority ended")),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One agent, vendor or category of a table; ``address`` shows its lines alone, empty for the rest row."""

    words: str
    sum: Sum
    bar: SafeString
    address: str


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    column: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Day:
    words: str
    sum: Sum


@dataclass(frozen=True, slots=True)
class Line:
    purchase: Authorization
    agent: Party
    vendor: Party

    @property
    def sum(self) -> Sum:
        return sum_of(self.purchase)

    @property
    def amount(self) -> str:
        return amount_in_digits(Money(self.purchase.amount, self.purchase.currency))

    @property
    def kind(self) -> str:
        return kind_words(self.vendor.kind)

    @property
    def state(self) -> tuple[str, str]:
        return state_of_purchase(self.purchase)


@dataclass(frozen=True, slots=True)
class Statement:
    """``drawn`` is the sum of the one currency that charts and tables are of; None when there is nothing."""

    period: Period
    selection: Selection
    totals: list[Sum]
    drawn: Sum | None
    chart: SafeString | str
    days: list[Day]
    tables: list[Table]
    parties: dict[str, Party]
    counts: dict[date, int]
    is_filtered: bool

    def newest(self, count: int, *, after: Authorization | None = None) -> list[Authorization]:
        """The newest purchases, or those that follow ``after``; looked for only where the sums say that some are: what
        was searched for may be rare, and the last of it long ago."""
        spans = [
            (begin, end, self.counts[step])
            for step, begin, end in self.period.spans()
            if step in self.counts and (after is None or begin <= after.created_at)
        ]
        found, first = 0, self.selection.ends_at
        for begin, end, counted in reversed(spans):
            first = begin
            found += counted if after is None or end <= after.created_at else 0  # nobody knows how many follow it there
            if found >= count:
                break
        if not spans:
            return []
        near = replace(self.selection, begins_at=first, ends_at=spans[-1][1])
        return list((near.lines() if after is None else near.older_than(after))[:count])

    def lines_of(self, purchases: Iterable[Authorization]) -> list[Line]:
        return [
            Line(each, *(self.parties.get(party) or unknown_party(party) for party in (each.agent, each.vendor)))
            for each in purchases
        ]


def statement_of(principal: str, period: Period, form: StatementForm | None, *, here: str) -> Statement:
    """``form`` (valid or not, None for the whole period) says what to leave out; its lists are filled on the way.
    ``here`` is the page's address without its query."""
    whole = Selection(principal, period.begins_at, period.ends_at)
    steps = period.steps()
    is_filtered = form is not None and any(form.cleaned_data.get(name) for name in FILTERS)
    everything = None if is_filtered else break_down(whole, steps=steps, zone=period.zone)
    seen = everything.parties if everything else parties_in(whole, steps=steps, zone=period.zone)
    parties = parties_of(seen)
    selection = _selection(whole, form, seen, parties) if form is not None and is_filtered else whole
    shown = everything or break_down(selection, steps=steps, zone=period.zone)
    if form is not None:
        _offer_choices(form, seen, parties)
    totals = sorted(shown.totals.values(), key=_place_of_sum)
    drawn = totals[0] if totals else None
    asked = asked_of(form, period)
    return Statement(
        period=period,
        selection=selection,
        totals=totals,
        drawn=drawn,
        chart=_chart(shown, drawn, period) if drawn else "",
        days=_days(shown, drawn, period) if drawn else [],
        tables=_tables(shown, drawn, parties, f"{here}?", asked) if drawn else [],
        parties=parties,
        counts=shown.counts,
        is_filtered=is_filtered,
    )


def _place_of_sum(one: Sum) -> tuple[bool, int, str]:
    """Money before the sandbox's, what there is most of first."""
    return one.currency == SANDBOX_CURRENCY, -one.count, one.currency


def address_with(here: str, asked: Mapping[str, str], **changes: str) -> str:
    """``here`` asked for the same but for ``changes``."""
    return f"{here}{urlencode({name: value for name, value in {**asked, **changes}.items() if value})}"


def state_of_purchase(purchase: Authorization) -> tuple[str, str]:
    """A state of ``registry.web.states`` for tone and icon, and what is true of this purchase in words."""
    if purchase.over:
        return "failed", _("Charged beyond what was allowed")
    if purchase.open:
        return "pending", _("Held, partly charged") if purchase.captured else _("Held")
    if purchase.refunded:
        return "cancelled", _("Given back") if purchase.refunded == purchase.captured else _("Partly given back")
    if purchase.captured:
        return "approved", _("Charged")
    state, words = _ENDED.get(purchase.close_reason, ("cancelled", _("Released")))
    return state, str(words)


def asked_of(form: StatementForm | None, period: Period) -> dict[str, str]:
    """What to ask again for the same statement."""
    dates = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    return dates | ({name: form.cleaned_data.get(name) or "" for name in FILTERS} if form is not None else {})


def _selection(whole: Selection, form: StatementForm, seen: Parties, parties: Mapping[str, Party]) -> Selection:
    asked = form.cleaned_data
    text, kind, vendor = asked.get("q", ""), asked.get("kind", ""), asked.get("vendor", "")
    vendors = {vendor} if vendor else None
    if kind:
        of_kind = {id for id in seen.vendors if (parties.get(id) or unknown_party(id)).kind == kind}
        vendors = of_kind if vendors is None else vendors & of_kind
    named = called(text, whole) if text else []
    has_text = [] if named else [each.id for each in parties.values() if text.lower() in each.name.lower()]
    return replace(
        whole,
        agent=asked.get("agent", ""),
        vendors=None if vendors is None else tuple(sorted(vendors)),
        currency=asked.get("currency", ""),
        show=Show(asked["show"]) if asked.get("show") else None,
        text="" if named else text,
        parties=tuple(sorted(has_text)) if text else (),
        ids=tuple(named) or None,
    )


def _offer_choices(form: StatementForm, seen: Parties, parties: Mapping[str, Party]) -> None:
    def named(counts: Mapping[str, int]) -> list[tuple[str, str]]:
        most = sorted(counts, key=lambda party: -counts[party])[:CHOICES_MAX]
        found = [(party, (parties.get(party) or unknown_party(party)).name) for party in most]
        return sorted(found, key=lambda choice: choice[1].lower())

    kinds = {parties[vendor].kind for vendor in seen.vendors if vendor in parties}
    form.offer("agent", _("All agents"), named(seen.agents))
    form.offer("vendor", _("All vendors"), named(seen.vendors))
    form.offer("kind", _("All categories"), sorted((kind, kind_words(kind)) for kind in kinds if kind))


def _chart(shown: Breakdown, drawn: Sum, period: Period) -> SafeString:
    """Whole units of the currency: the scale needs no cents, the table beside it has them."""
    unit = 10 ** exponent_of(drawn.currency)
    sums, steps = shown.days.get(drawn.currency, {}), period.steps()
    every = -(-len(steps) // NAMES_DRAWN_MAX)
    names = [_step_name(step, period) if not number % every else "" for number, step in enumerate(steps)]
    nothing = Sum(drawn.currency)
    return columns(
        title=_("Spent and held by day, in %s") % drawn.currency
        if period.step is Step.DAY
        else _("Spent and held by month, in %s") % drawn.currency,
        groups=names,
        series=[
            Series(_("Spent"), [sums.get(step, nothing).spent / unit for step in steps]),
            Series(_("Held"), [sums.get(step, nothing).held / unit for step in steps]),
        ],
    )


def _days(shown: Breakdown, drawn: Sum, period: Period) -> list[Day]:
    """Of the days or months on which something was bought."""
    sums = shown.days.get(drawn.currency, {})
    return [Day(_day_name(step, period), sums[step]) for step in sorted(sums)]


def _day_name(step: date, period: Period) -> str:
    if period.step is Step.DAY:
        return f"{date_format(step, 'D')} {date_format(step, 'DATE_FORMAT')}"
    return date_format(step, "F Y")


def _step_name(step: date, period: Period) -> str:
    return date_format(step, "MONTH_DAY_FORMAT" if period.step is Step.DAY else "M y")


def _tables(
    shown: Breakdown, drawn: Sum, parties: Mapping[str, Party], here: str, asked: Mapping[str, str]
) -> list[Table]:
    agents, vendors = (by.get(drawn.currency, {}) for by in (shown.agents, shown.vendors))
    kinds: dict[str, Sum] = {}
    for vendor, one in vendors.items():
        kind = (parties.get(vendor) or unknown_party(vendor)).kind
        kinds[kind] = kinds[kind].plus(one) if kind in kinds else one
    names = {party: (parties.get(party) or unknown_party(party)).name for party in (*agents, *vendors)}
    kind_names = {kind: kind_words(kind) for kind in kinds}
    return [
        Table(_("By agent"), _("Agent"), _rows("agent", agents, names, here, asked)),
        Table(_("By vendor"), _("Vendor"), _rows("vendor", vendors, names, here, asked)),
        Table(_("By category"), _("Category"), _rows("kind", kinds, kind_names, here, asked)),
    ]


def _rows(
    what: str, sums: Mapping[str, Sum], names: Mapping[str, str], here: str, asked: Mapping[str, str]
) -> list[Row]:
    """The largest first, what is left in one row at the end, so that the rows add up to the whole."""
    ordered = sorted(sums, key=lambda key: (-sums[key].spent, -sums[key].held, names[key]))
    most = max((sums[key].spent for key in ordered), default=0)
    rows = [
        Row(names[key], sums[key], _share(sums[key], most), address_with(here, asked, **{what: key}) if key else "")
        for key in ordered[:ROWS_SHOWN_MAX]
    ]
    rest: Sequence[Sum] = [sums[key] for key in ordered[ROWS_SHOWN_MAX:]]
    if rest:
        others = reduce(Sum.plus, rest)
        rows.append(Row(_("%s others") % count_in_digits(len(rest)), others, _share(others, most), ""))
    return rows


def _share(one: Sum, most: int) -> SafeString:
    return bar(share=one.spent / most if most else 0)
