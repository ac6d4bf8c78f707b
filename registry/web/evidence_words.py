"""Why a purchase was allowed, from the record of its decision, in plain words. Only for the principal: the record
names what every link had left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from identity.accounts.amounts import amount_in_digits, count_in_digits
from identity.delegation.constraints import Count, Velocity, parse_constraints
from identity.delegation.models import Delegation
from identity.primitives.money import Money
from registry.web.limit_words import limit_words

_MONEYLESS = frozenset({Count.kind, Velocity.kind})


@dataclass(frozen=True, slots=True)
class Checked:
    """One limit that was looked at. ``before``, ``took`` and ``left`` are empty where nothing is counted."""

    words: str
    before: str = ""
    took: str = ""
    left: str = ""
    lifted: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the authority, from the principal's own down to the agent that bought."""

    agent: str
    delegation: str
    checked: list[Checked]


def links_of(record: Mapping[str, Any], delegations: Mapping[str, Delegation], names: Mapping[str, str]) -> list[Link]:
    """Each link with its limits as they were looked at, in the order of the chain."""
    return [
        Link(
            agent=names.get(seen["agent"], seen["agent"]),
            delegation=seen["id"],
            checked=_checked(delegations[seen["id"]], depth, record) if seen["id"] in delegations else [],
        )
        for depth, seen in enumerate(record["chain"])
    ]


def vendor_words(record: Mapping[str, Any]) -> str:
    """How far the vendor was verified at that instant."""
    levels = (
        _("The vendor had said itself who it is; nobody had verified it."),
        _("The vendor had proven its domains."),
        _("The vendor's legal entity was verified."),
        _("The vendor was verified on site or by payment."),
    )
    level = record["vendor"].get("assurance_level")
    return levels[level] if isinstance(level, int) and 0 <= level < len(levels) else ""


def standing_words(record: Mapping[str, Any]) -> str:
    """That nothing stood against anybody of the chain, as it was seen; empty when the record does not say so."""
    states = {str(value) for seen in record["chain"] for value in (seen.get("status"), seen.get("agent_status"))}
    if states != {"active"} or (record.get("principal") or {}).get("frozen"):
        return ""
    return _("Every delegation was in force, every agent active, and you had paused nothing.")


def _checked(delegation: Delegation, depth: int, record: Mapping[str, Any]) -> list[Checked]:
    counted = {each["limit"]: each for each in record["limits"] if each["link"] == depth}
    lifted = set(record.get("lifted", ()))
    return [
        _one(limit_words(limit), counted.get(limit.id), record["request"]["currency"], f"{depth}:{limit.id}" in lifted)
        for limit in parse_constraints(delegation.constraints)
    ]


def _one(words: str, seen: Mapping[str, Any] | None, currency: str, is_lifted: bool) -> Checked:
    if seen is None:
        return Checked(words, lifted=is_lifted)
    before, took, cap = seen["before"], seen["delta"], seen["cap"]
    if cap is None or before is None:
        return Checked(words, lifted=is_lifted or seen["elevated"])

    def shown(number: int) -> str:
        return count_in_digits(number) if seen["type"] in _MONEYLESS else amount_in_digits(Money(number, currency))

    left = "" if seen["elevated"] else shown(max(0, cap - before - took))
    return Checked(words, shown(before), shown(took), left, is_lifted or seen["elevated"])


def names_needed(record: Mapping[str, Any]) -> Sequence[str]:
    """Whom the explanation calls by name."""
    return [seen["agent"] for seen in record["chain"]]
