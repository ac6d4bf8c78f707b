"""Who stands on a statement, by name, and what kind of shop a vendor is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from identity.agents.models import Agent
from registry.web.shop_kinds import KINDS


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
        return next((kind for kind, (_words, ranges, _one) in KINDS.items() if _covers(ranges, self.mcc)), self.mcc)


def parties_of(ids: Iterable[str]) -> dict[str, Party]:
    """By id, in one query. Who is not registered any more is left out."""
    rows = Agent.objects.filter(pk__in=set(ids)).values_list("pk", "display_name", "did", "vendor__mcc")
    return {pk: Party(pk, name, did, mcc or "") for pk, name, did, mcc in rows}


def unknown_party(id: str) -> Party:
    return Party(id, id, "", "")


def kind_words(kind: str) -> str:
    if not kind:
        return _("no category")
    return str(KINDS[kind][0]) if kind in KINDS else _("category %s") % kind


def _covers(ranges: Iterable[str], code: str) -> bool:
    bounds = ((low, high or low) for low, _dash, high in (each.partition("-") for each in ranges))
    return bool(code) and any(low <= code <= high for low, high in bounds)
