"""Points in time as people read them: on the clock of the reader's own zone, in her language.

{{ key.valid_from|moment }}       4 May 2026, 11:30
{{ key.valid_from|day }}          4 May 2026
{{ key.last_used_at|ago }}        3 minutes ago, in 2 days
{% when key.valid_from %}         the day; style="minute" the moment; otherwise= what stands for None

Each is a ``<time>``: ``datetime`` for programs, and in ``title`` the full time with its zone's name.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity.accounts.clock_face import is_twelve_hours
from identity.primitives.clock import now, rfc3339

register = template.Library()


@register.filter
def moment(instant: datetime | None) -> SafeString | str:
    """The day and the minute. Nothing for None."""
    return _time(instant, moment_words(instant)) if instant else ""


@register.filter
def day(instant: datetime | None) -> SafeString | str:
    """The day alone. Nothing for None."""
    return _time(instant, day_words(instant)) if instant else ""


@register.filter
def ago(instant: datetime | None) -> SafeString | str:
    """How long ago, or how soon, in one unit. Nothing for None."""
    return _time(instant, relative_words(instant, at=now())) if instant else ""


register.filter("moment_words", lambda instant: moment_words(instant))


@register.simple_tag
def when(instant: datetime | None, otherwise: str = "—", style: str = "date") -> SafeString:
    """``style``: "date" for the day, "minute" for the moment, "ago" for how long ago."""
    if instant is None:
        return format_html("{}", otherwise)
    if style == "ago":
        return _time(instant, relative_words(instant, at=now()))
    return _time(instant, day_words(instant) if style == "date" else moment_words(instant))


def day_words(instant: datetime) -> str:
    """``4 May 2026``."""
    return date_format(timezone.localtime(instant), "DATE_FORMAT")


def moment_words(instant: datetime) -> str:
    """``4 May 2026, 11:30``; with ``UTC`` behind it while nothing is known of the reader's own clock."""
    local = timezone.localtime(instant)
    words = f"{date_format(local, 'DATE_FORMAT')}, {clock_words(local)}"
    return f"{words} UTC" if _is_utc() else words


def clock_words(local: datetime, *, with_seconds: bool = False) -> str:
    """``14:30`` or ``2:30 PM``, as the reader counts hours. ``local`` is on her own clock already."""
    seconds = ":s" if with_seconds else ""
    return date_format(local, f"g:i{seconds} A" if is_twelve_hours() else f"H:i{seconds}")


def zone_words(instant: datetime) -> str:
    """``CEST (Europe/Berlin)``; zones without letters of their own by name and distance: ``+03 (Asia/Riyadh)``."""
    if _is_utc():
        return "UTC"
    return f"{timezone.localtime(instant).tzname()} ({timezone.get_current_timezone_name()})"


def relative_words(instant: datetime, *, at: datetime) -> str:
    """``3 minutes ago``, ``in 2 days``, ``just now``: the largest unit that fits, rounded down."""
    past, seconds = instant <= at, abs(instant - at) // timedelta(seconds=1)
    if seconds < 60:
        return _("just now") if past else _("in less than a minute")
    if seconds < 3600:
        count = seconds // 60
        words = (
            ngettext("%(count)s minute ago", "%(count)s minutes ago", count)
            if past
            else ngettext("in %(count)s minute", "in %(count)s minutes", count)
        )
    elif seconds < 86_400:
        count = seconds // 3600
        words = (
            ngettext("%(count)s hour ago", "%(count)s hours ago", count)
            if past
            else ngettext("in %(count)s hour", "in %(count)s hours", count)
        )
    else:
        count = seconds // 86_400
        words = (
            ngettext("%(count)s day ago", "%(count)s days ago", count)
            if past
            else ngettext("in %(count)s day", "in %(count)s days", count)
        )
    return words % {"count": count}


def _is_utc() -> bool:
    return timezone.get_current_timezone_name() == "UTC"


def _time(instant: datetime, words: str) -> SafeString:
    local = timezone.localtime(instant)
    full = f"{date_format(local, 'DATE_FORMAT')}, {clock_words(local, with_seconds=True)}"
    return format_html(
        '<time datetime="{}" title="{} {}">{}</time>', rfc3339(instant), full, zone_words(instant), words
    )
