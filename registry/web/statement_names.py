"""Who stands on a statement, by name, and what kind of shop a vendor is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection
from django.utils.translation import gettext as _

from registry.web.shop_kinds import KINDS

# All ids are one parameter: a year has a thousand, and as many parameters take longer to send than to look up.
_PARTIES = """
SELECT a.id, a.display_name, a.did, coalesce(v.mcc, '')
FROM agents_agent a LEFT JOIN agents_vendor v ON v.agent_id = a.id WHERE a.id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Party:
    """An agent or a vendor as it is called now. ``mcc`` is empty for what is no registered vendor."""

    id: str
    name: str
    did: str
    mcc: str

    @property
    def kind(self) -> str:
        """The kind of shop: a word of ``shop_kinds``, else the category code itself."""
        return _kind_of(self.mcc)


def parties_of(ids: Iterable[str]) -> dict[str, Party]:
    """By id, in one query. Who is not registered any more is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_PARTIES, [list(set(ids))])
        return {row[0]: Party(*row) for row in cursor}


def unknown_party(id: str) -> Party:
    return Party(id, id, "", "")


def kind_words(kind: str) -> str:
    if not kind:
        return _("no category")
    return str(KINDS[kind][0]) if kind in KINDS else _("category %s") % kind


@lru_cache(maxsize=10_000)  # category codes have four digits
def _kind_of(mcc: str) -> str:
    return next((kind for kind, (_words, ranges, _one) in KINDS.items() if _covers(ranges, mcc)), mcc)


def _covers(ranges: Iterable[str], code: str) -> bool:
    bounds = ((low, high or low) for low, _dash, high in (each.partition("-") for each in ranges))
    return bool(code) and any(low <= code <= high for low, high in bounds)
