"""Every kind of journal event has a sentence of its own, and none breaks on a payload that is older or newer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from identity.journal.kinds import Payload
from identity.journal.models import Event
from registry.web.event_words import WORDS, happening
from registry.web.history import PUBLIC_KINDS
from registry.web.templatetags.ui import ICONS

KINDS = sorted(kind.kind for kind in Payload.__subclasses__())
AT = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.mark.parametrize("kind", KINDS)
def test_it_has_words_and_an_icon_for_every_kind(kind: str) -> None:
    said = happening(Event(kind=kind, subject="agt_x", payload={}, at=AT))
    assert said.words != kind, "a kind without words"
    assert (ICONS / f"{said.symbol}.svg").is_file()


def test_it_shows_a_kind_that_nobody_has_worded_by_its_name() -> None:
    assert happening(Event(kind="future.kind", subject="agt_x", payload={}, at=AT)).words == "future.kind"


def test_it_keeps_what_concerns_members_and_programs_out_of_public_histories() -> None:
    assert set(WORDS) >= PUBLIC_KINDS
    assert not {kind for kind in PUBLIC_KINDS if kind.startswith(("member.", "service_key.", "organization."))}
