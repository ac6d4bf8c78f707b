"""Times on the reader's own clock and in her language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from identity.accounts.clock_face import clock_of
from registry.web.templatetags.moments import ago, day, moment, relative_words, when

NOON = datetime(2026, 5, 4, 22, 30, 5, tzinfo=UTC)


def test_it_shows_the_day_of_the_readers_zone_and_names_the_zone() -> None:
    with timezone.override(ZoneInfo("Europe/Berlin")):
        shown = moment(NOON)
    assert shown == (
        '<time datetime="2026-05-04T22:30:05Z" title="5 May 2026, 00:30:05 CEST (Europe/Berlin)">'
        "5 May 2026, 00:30</time>"
    )


def test_it_writes_german_days_in_german() -> None:
    with translation.override("de"), timezone.override(ZoneInfo("Europe/Berlin")):
        assert ">5. Mai 2026, 00:30<" in moment(NOON)
        assert ">5. Mai 2026<" in day(NOON)


def test_it_counts_twice_twelve_hours_for_whoever_reads_them_so() -> None:
    with clock_of("12"), timezone.override(ZoneInfo("Europe/Berlin")):
        assert ">5 May 2026, 12:30 AM<" in moment(NOON)
        assert 'title="5 May 2026, 12:30:05 AM CEST (Europe/Berlin)"' in day(NOON)
        assert ">5 May 2026, 1:05 PM<" in moment(NOON + timedelta(hours=12, minutes=35))
    assert ">4 May 2026, 22:30 UTC<" in moment(NOON)


def test_it_says_utc_where_nothing_is_known_of_the_readers_clock() -> None:
    assert ">4 May 2026, 22:30 UTC<" in moment(NOON)
    assert "22:30:05 UTC" in day(NOON)


def test_it_shows_nothing_for_what_never_was() -> None:
    assert (moment(None), day(None), ago(None)) == ("", "", "")
    assert when(None, otherwise="never") == "never"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (-1, "in less than a minute"),
        (60, "1 minute ago"),
        (3_599, "59 minutes ago"),
        (7_200, "2 hours ago"),
        (86_400, "1 day ago"),
        (-86_400 * 3, "in 3 days"),
        (-120, "in 2 minutes"),
    ],
)
def test_it_says_how_long_ago_in_one_unit(seconds: int, words: str) -> None:
    assert relative_words(NOON - timedelta(seconds=seconds), at=NOON) == words
