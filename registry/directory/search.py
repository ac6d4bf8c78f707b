"""Search: by words, by words with a slip of the finger, by capabilities. Read only.

Results come in the order of a stored rank and pages go by key, so a common word costs no more than a rare one: no
OFFSET, no count, no ranking of every match.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from identity.primitives.clock import now
from identity.primitives.errors import InvalidInput
from registry.directory.models import Listing, Name
from registry.directory.names import parse_name
from registry.directory.slips import SLIPS_MAX, is_slip

QUERY_LENGTH_MAX = 200
WORDS_MAX = 8
CAPABILITIES_MAX = 8
PAGE_SIZE_DEFAULT = 20
PAGE_SIZE_MAX = 100
PREFIX_LENGTH_MIN = 3  # a shorter beginning matches half the directory
MISSPELT_LENGTH_MIN = 4
CANDIDATES_MAX = 1_000  # listings looked at for one misspelt word
CORRECTIONS_MAX = 5
_ABOVE_ALL = 10**17  # higher than any rank
# The same separators as the SQL function ``listing_words``: white space and ASCII punctuation.
WORD_SEPARATORS = re.compile(r"[\s!-/:-@\[-`{-~]+")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of listings; ``next_cursor`` is None on the last one."""

    items: list[Listing]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class _Condition:
    sql: str
    values: tuple[Any, ...]


def search(
    *,
    q: str = "",
    capabilities: Iterable[str] = (),
    after: str | None = None,
    limit: int = PAGE_SIZE_DEFAULT,
    at: datetime | None = None,
) -> Page:
    """Listings that have every word of ``q`` and every one of ``capabilities``, best standing first.

    A word that no listing has is taken as misspelt. When ``q`` is the very name of an agent, that one opens the first
    page. ``after`` is the ``next_cursor`` of the page before. Raises InvalidInput ``invalid_input`` or
    ``invalid_cursor``.
    """
    wanted = _checked_capabilities(capabilities)
    if not 1 <= limit <= PAGE_SIZE_MAX:
        raise InvalidInput("invalid_input", f"limit is a number from 1 to {PAGE_SIZE_MAX}.", field="limit")
    words = query_words(q)
    conditions = [*_capability_conditions(wanted), *_word_conditions(words)]
    exact = None if wanted else _named(q)
    if q.strip() and not words and exact is None:
        return Page([], None)
    if exact is not None:
        conditions.append(_Condition("agent_id <> %s", (exact.pk,)))
    opening = [exact] if exact is not None and after is None else []
    if after is not None:
        conditions.append(_after(after))
    found = _select(conditions, limit + 1 - len(opening))
    items = opening + found
    page = items[:limit]
    cursor = _cursor(page[-1], opens=page == opening) if len(items) > limit else None
    return Page(_without_ended_names(page, at or now()), cursor)


def query_words(q: str) -> list[str]:
    """The distinct words of a query, at most eight. Raises InvalidInput when it is longer than 200 characters."""
    if len(q) > QUERY_LENGTH_MAX:
        raise InvalidInput("invalid_input", f"A query has at most {QUERY_LENGTH_MAX} characters.", field="q")
    plain = "".join(" " if ord(char) < 32 or 0xD800 <= ord(char) <= 0xDFFF else char for char in q)
    words = [word for word in WORD_SEPARATORS.split(plain.lower()) if word]
    return list(dict.fromkeys(words))[:WORDS_MAX]


def trigrams(word: str) -> list[str]:
    """The three-letter pieces of one word in order, as the SQL function ``listing_trigrams`` cuts them."""
    padded = f"  {word} "
    return [padded[place : place + 3] for place in range(len(padded) - 2)]


def _word_conditions(words: Sequence[str]) -> list[_Condition]:
    if not words:
        return []
    with connection.cursor() as cursor:
        return [
            _spelt(word, is_last=word == words[-1])
            if len(word) < MISSPELT_LENGTH_MIN or _is_known(cursor, word, is_last=word == words[-1])
            else _misspelt(cursor, word)
            for word in words
        ]


def _spelt(word: str, *, is_last: bool) -> _Condition:
    """The word itself, its English stem, or for the word being typed its beginning."""
    beginning = ":*" if is_last and len(word) >= PREFIX_LENGTH_MIN else ""
    return _Condition(
        "words @@ (to_tsquery('simple', %s) || plainto_tsquery('english', %s))", (f"{_quoted(word)}{beginning}", word)
    )


def _is_known(cursor: Any, word: str, *, is_last: bool) -> bool:
    condition = _spelt(word, is_last=is_last)
    cursor.execute(f"SELECT 1 FROM directory_listing WHERE {condition.sql} LIMIT 1", condition.values)  # noqa: S608
    return cursor.fetchone() is not None


def _misspelt(cursor: Any, word: str) -> _Condition:
    """Listings with a word that this one was probably meant to be; none when there is no such word."""
    meant = [known for known in _similar_words(cursor, word) if is_slip(word, known)][:CORRECTIONS_MAX]
    if not meant:
        return _Condition("false", ())
    return _Condition("words @@ to_tsquery('simple', %s)", (" | ".join(map(_quoted, meant)),))


def _similar_words(cursor: Any, word: str) -> list[str]:
    """Indexed words near this one, the most frequent first, out of a bounded number of listings.

    A single slip spoils at most four neighbouring trigrams, so the run before it or the run after it is whole: that
    is what the index is asked for.
    """
    pieces = trigrams(word)
    run = max(2, (len(pieces) - 4 + 1) // 2)
    cursor.execute(
        "SELECT lexeme FROM (SELECT words FROM directory_listing"
        " WHERE trigrams @> %s::varchar[] OR trigrams @> %s::varchar[] LIMIT %s) AS near,"
        " unnest(tsvector_to_array(words)) AS lexeme"
        " WHERE length(lexeme) BETWEEN %s AND %s GROUP BY lexeme ORDER BY count(*) DESC, lexeme",
        (pieces[:run], pieces[-run:], CANDIDATES_MAX, len(word) - SLIPS_MAX, len(word) + SLIPS_MAX),
    )
    return [row[0] for row in cursor.fetchall()]


def _capability_conditions(capabilities: list[str]) -> list[_Condition]:
    return [_Condition("capabilities @> %s::varchar[]", (capabilities,))] if capabilities else []


def _checked_capabilities(capabilities: Iterable[str]) -> list[str]:
    wanted = sorted({one.strip().lower() for one in capabilities if one.strip()})
    if len(wanted) > CAPABILITIES_MAX or any(len(one) > 64 or "\x00" in one for one in wanted):
        raise InvalidInput(
            "invalid_input", f"At most {CAPABILITIES_MAX} capabilities of at most 64 characters.", field="capability"
        )
    return wanted


def _select(conditions: list[_Condition], limit: int) -> list[Listing]:
    where = " AND ".join(condition.sql for condition in conditions) or "true"
    values = [value for condition in conditions for value in condition.values]
    return list(
        Listing.objects.raw(
            "SELECT agent_id, name, title, summary, organization_name, capabilities, status, rank"  # noqa: S608
            f" FROM directory_listing WHERE {where} ORDER BY rank DESC, agent_id LIMIT %s",
            [*values, limit],
        )
    )


def _named(q: str) -> Listing | None:
    """The listing whose name ``q`` is, in any form a name may be written in."""
    try:
        fqn = parse_name(q).fqn
    except InvalidInput:
        return None
    agent = Name.objects.filter(fqn=fqn).values_list("agent_id", flat=True).first()
    return Listing.objects.defer("words", "trigrams").filter(pk=agent, name=fqn).first() if agent else None


def _without_ended_names(items: list[Listing], at: datetime) -> list[Listing]:
    """Blank the names whose term and grace are over: time changes no row, so the reader decides."""
    names = Name.objects.filter(fqn__in=[item.name for item in items if item.name])
    ended = {name.fqn for name in names if name.has_ended(at)}
    for item in items:
        if item.name in ended:
            item.name = ""
    return items


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "").replace("'", "") + "'"


def _cursor(listing: Listing, *, opens: bool) -> str:
    """Where the next page begins: after ``listing``, or at the top when only the exact match has been shown."""
    place = f"{_ABOVE_ALL}:0" if opens else f"{listing.rank}:{listing.pk}"
    return base64.urlsafe_b64encode(place.encode()).rstrip(b"=").decode()


def _after(cursor: str) -> _Condition:
    """Written so that the index on (rank DESC, agent) can start there. Raises InvalidInput ``invalid_cursor``."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        rank, agent = base64.b64decode(padded, altchars=b"-_", validate=True).decode().split(":")
        if re.fullmatch(r"[0-9]{1,18}", rank) and re.fullmatch(r"[a-z0-9_]{1,32}", agent):
            return _Condition("rank <= %s AND (rank < %s OR agent_id > %s)", (int(rank), int(rank), agent))
    except (binascii.Error, ValueError):
        pass
    raise InvalidInput("invalid_cursor", "This cursor was not given by this search.", field="cursor")
