"""Charts as SVG from plain numbers: no script, no colour that speaks alone, and never without the table beside it.

Colours come from style classes (``chart-1`` … ``chart-3``), so that light and dark need no second drawing. A page shows
the same numbers in a table: the drawing is one picture to a screen reader, named by ``title``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from identity.accounts.amounts import count_in_digits

WIDTH, HEIGHT = 360, 190
LEFT, RIGHT, TOP, BOTTOM = 40, 4, 10, 30
GRID_LINES = 4
SERIES_MAX = 3
"""As many as there are tones that are told apart in light, in dark and in grey."""
_TEXT_BELOW = 18
_BAR_SHARE = 0.72


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers, a value for each group. ``None`` is *nothing to count*, which is not nought."""

    words: str
    values: Sequence[float | None]


def columns(*, title: str, groups: Sequence[str], series: Sequence[Series]) -> SafeString:
    """Columns side by side for each group, such as a quarter. Raises ValueError for series that do not fit the groups
    or are more than ``SERIES_MAX``."""
    if not 1 <= len(series) <= SERIES_MAX or any(len(each.values) != len(groups) for each in series):
        raise ValueError(f"Each of 1 to {SERIES_MAX} series needs a value for each of the {len(groups)} groups.")
    top = ceiling_of(max((value or 0 for each in series for value in each.values), default=0))
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        title,
        _grid(top),
        _bars(groups, series, top),
        _names(groups),
    )


def bar(*, share: float) -> SafeString:
    """A bar for one cell of a table, ``share`` of its width filled (0 to 1). The number stands beside it as text."""
    filled = round(100 * min(1.0, max(0.0, share)), 2)
    return format_html(
        '<svg class="chart-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="chart-track" width="100" height="8"/><rect class="chart-1" width="{}" height="8"/></svg>',
        filled,
    )


def ceiling_of(value: float) -> int:
    """The end of the scale: the next whole number of the form 1, 2, 4 or 8 times a power of ten, made
    divisible by ``GRID_LINES``, so that grid lines stand at whole numbers."""
    if value <= GRID_LINES:
        return GRID_LINES
    power = 10 ** int(log10(value))
    steps = (step * power for step in (1, 2, 4, 8, 10, 20))
    return next(int(ceil(step / GRID_LINES) * GRID_LINES) for step in steps if step >= value)


def _grid(top: int) -> SafeString:
    """Horizontal lines with the number at the left."""
    marks = [(number * top // GRID_LINES, _y(number * top / GRID_LINES, top)) for number in range(GRID_LINES + 1)]
    return format_html_join(
        "",
        '<line class="chart-line" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="chart-text" text-anchor="end" x="{}" y="{}">{}</text>',
        ((LEFT, WIDTH - RIGHT, y, y, LEFT - 6, round(y + 4, 1), count_in_digits(value)) for value, y in marks),
    )


def _bars(groups: Sequence[str], series: Sequence[Series], top: int) -> SafeString:
    room = (WIDTH - LEFT - RIGHT) / max(1, len(groups))
    width = room * _BAR_SHARE / len(series)
    start = room * (1 - _BAR_SHARE) / 2
    return format_html_join(
        "",
        '<rect class="chart-{}" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (tone + 1, round(LEFT + group * room + start + tone * width, 1), y, round(width - 1, 1), _base() - y)
            for tone, each in enumerate(series)
            for group, value in enumerate(each.values)
            if value and (y := _y(value, top)) is not None
        ),
    )


def _names(groups: Sequence[str]) -> SafeString:
    room = (WIDTH - LEFT - RIGHT) / max(1, len(groups))
    return format_html_join(
        "",
        '<text class="chart-text" text-anchor="middle" x="{}" y="{}">{}</text>',
        ((round(LEFT + (place + 0.5) * room, 1), _base() + _TEXT_BELOW, name) for place, name in enumerate(groups)),
    )


def _base() -> int:
    return HEIGHT - BOTTOM


def _y(value: float, top: int) -> float:
    return round(_base() - (_base() - TOP) * value / top, 1)
