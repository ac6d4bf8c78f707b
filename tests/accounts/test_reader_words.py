"""Mail and notices follow their reader, not whoever caused them."""

from __future__ import annotations

from datetime import UTC, datetime

from django.template import Context, Template
from django.utils import translation

from identity.accounts.models import User
from identity.accounts.reading import in_the_words_of

MAIL = Template("{{ instant|moment }}")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def _mail() -> str:
    return MAIL.render(Context({"instant": NOON}))


def test_it_writes_in_her_language_on_her_clock() -> None:
    with in_the_words_of(User(language="de", time_zone="Europe/Berlin")):
        assert ">4. Mai 2026, 14:00<" in _mail()


def test_it_does_not_carry_the_language_of_the_request_into_somebody_elses_mail() -> None:
    with translation.override("de"), in_the_words_of(User()):
        assert ">4 May 2026, 12:00 UTC<" in _mail()
    with translation.override("de"), in_the_words_of(None):
        assert ">4 May 2026, 12:00 UTC<" in _mail()


def test_it_is_over_after_the_block() -> None:
    with in_the_words_of(User(language="de")):
        pass
    assert translation.get_language() == "en"
