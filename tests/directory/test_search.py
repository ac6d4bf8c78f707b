"""What search finds, in which order, and that the rows it reads are never behind."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from identity.accounts.models import Organization
from identity.agents.models import Agent, AgentStatus
from identity.journal.actor import Actor
from identity.primitives.errors import InvalidInput
from registry.directory.models import Listing, Name
from registry.directory.register import point_name, register_name, release
from registry.directory.search import query_words, search, trigrams
from registry.directory.status import hold, unhold


def titles(**query: object) -> list[str]:
    return [listing.title for listing in search(**query).items]  # type: ignore[arg-type]


@pytest.fixture
def shop(acme: Organization, make_agent: Callable[..., Agent]) -> list[Agent]:
    return [
        make_agent(acme, "Concierge", description="Books hotels near the databases", capabilities=["travel", "pay"]),
        make_agent(acme, "Postgres helper", description="Answers from a warehouse", capabilities=["sql"]),
        make_agent(acme, "Cook", description="Müsli and crème brûlée", capabilities=["food", "pay"]),
    ]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("concierge", ["Concierge"]),
        ("CONCIERGE hotels", ["Concierge"]),
        ("database", ["Concierge"]),  # by the stem
        ("conci", ["Concierge"]),  # while typing
        ("postgrse", ["Postgres helper"]),  # swapped
        ("postges", ["Postgres helper"]),  # missing
        ("posttgres", ["Postgres helper"]),  # added
        ("pestgres", ["Postgres helper"]),  # changed
        ("warehose", ["Postgres helper"]),  # in the description
        ("travle", ["Concierge"]),  # in a capability
        ("müsli", ["Cook"]),
        ("cook concierge", []),  # every word has to be there
        ("zzzzzz", []),
        ("'; DROP TABLE agents_agent; --", []),
        ("a & b | !c <-> (d)", []),
        ("%_\\", []),
        ("☃", []),
        ("x" * 200, []),
    ],
)
def test_it_finds_by_words(shop: list[Agent], q: str, found: list[str]) -> None:
    assert titles(q=q) == found


def test_it_asks_for_all_capabilities(shop: list[Agent]) -> None:
    assert sorted(titles(capabilities=["pay"])) == ["Concierge", "Cook"]
    assert titles(capabilities=["pay", "travel"]) == ["Concierge"]
    assert titles(capabilities=["pay", "sql"]) == []
    assert titles(q="cook", capabilities=["PAY"]) == ["Cook"]


def test_it_opens_with_the_agent_of_that_very_name(name: Name, acme, make_agent) -> None:
    make_agent(acme, "Imitator", description="concierge acme concierge.acme")
    page = search(q="CONCIERGE.acme.attorn.test", limit=1)
    assert page.items[0].name == "concierge.acme"
    page = search(q="concierge.acme", limit=1)
    assert page.items[0].name == "concierge.acme"
    rest = search(q="concierge.acme", limit=10, after=page.next_cursor)
    assert [listing.title for listing in rest.items] == ["Imitator"]


def test_it_puts_those_somebody_answers_for_first(shop: list[Agent]) -> None:
    Agent.objects.filter(pk=shop[2].pk).update(status=AgentStatus.SUSPENDED)
    assert titles(capabilities=["pay"]) == ["Concierge", "Cook"]
    Agent.objects.filter(pk=shop[2].pk).update(status=AgentStatus.DEACTIVATED)
    assert titles(capabilities=["pay"]) == ["Concierge"]


def test_it_pages_by_key_without_gap_or_repeat(acme: Organization, make_agent) -> None:
    made = {make_agent(acme, f"Bot {number}", capabilities=["bot"]).pk for number in range(23)}
    seen: list[str] = []
    after = None
    while True:
        page = search(q="bot", capabilities=["bot"], limit=5, after=after)
        seen += [listing.pk for listing in page.items]
        after = page.next_cursor
        if after is None:
            break
    assert len(seen) == 23
    assert set(seen) == made


@pytest.mark.parametrize("cursor", ["", "abc", "e30", "OTk6YWd0", "ä", "LTE6MA"])
def test_it_refuses_a_cursor_it_did_not_give(db: None, cursor: str) -> None:
    if cursor == "OTk6YWd0":  # "99:agt" is well formed, if nobody's: it only names a place in the order
        assert search(after=cursor).items == []
        return
    with pytest.raises(InvalidInput) as refused:
        search(after=cursor)
    assert refused.value.code == "invalid_cursor"


def test_it_follows_every_change_in_its_transaction(
    name: Name, agent: Agent, acme: Organization, make_agent, zone, by_alice: Actor, at: datetime
) -> None:
    def row() -> Listing:
        return Listing.objects.get(agent=agent)

    assert (row().name, row().organization_name) == ("concierge.acme", "Acme")
    Organization.objects.filter(pk=acme.pk).update(name="Acme Travel")
    assert row().organization_name == "Acme Travel"
    assert titles(q="travel") == ["Concierge"]
    Agent.objects.filter(pk=agent.pk).update(description="Now sells umbrellas")
    assert titles(q="umbrella") == ["Concierge"]
    hold(name=name, actor=by_alice, at=at)
    assert row().name == ""
    unhold(name=name, actor=by_alice, at=at)
    assert row().name == "concierge.acme"
    other = make_agent(acme, "Second")
    point_name(name=name, agent=other, actor=by_alice, at=at)
    assert (row().name, Listing.objects.get(agent=other).name) == ("", "concierge.acme")
    release(name=name, actor=by_alice, at=at)
    assert Listing.objects.get(agent=other).name == ""


def test_it_shows_no_name_whose_term_is_over(name: Name) -> None:
    end = name.expires_at + timedelta(days=30)
    assert search(q="concierge", at=end - timedelta(seconds=1)).items[0].name == "concierge.acme"
    assert search(q="concierge", at=end).items[0].name == ""


def test_it_cuts_words_as_the_database_does(db: None) -> None:
    """The separators and trigrams exist twice, here and in SQL; random words must not tell them apart."""
    from django.db import connection

    rng = random.Random(7)
    alphabet = "ab1é ./-_'\t@#é世"
    with connection.cursor() as cursor:
        for _ in range(200):
            text = "".join(rng.choice(alphabet) for _ in range(12))
            cursor.execute("SELECT listing_words(%s), listing_trigrams(%s)", [text, text])
            words, pieces = cursor.fetchone()
            assert sorted(set(words.split(" ")) - {""}) == sorted(query_words(text))
            cursor.execute("SELECT listing_word_trigrams(%s)", [["abcd", "é世bc1", "abc"]])
            assert cursor.fetchone()[0] == [*trigrams("abcd"), *trigrams("é世bc1")]  # short words are not mended
            assert sorted(pieces) == sorted({piece for word in query_words(text) for piece in trigrams(word)})


def test_it_lists_an_agent_without_a_name(shop: list[Agent], zone, by_alice: Actor, at: datetime) -> None:
    assert search(q="cook").items[0].name == ""
    register_name(zone=zone, label="cook", agent=shop[2], actor=by_alice, at=at)
    assert search(q="cook").items[0].name == "cook.acme"
