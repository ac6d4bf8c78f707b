"""Merchant categories: ISO 18245 codes of four digits, or ranges of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from identity.delegation.constraints.base import Constraint, Members, invalid
from identity.delegation.facts import Refusal, SpendFacts

_RANGE = re.compile(r"[0-9]{4}(?:-[0-9]{4})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Categories(Constraint):
    """Ranges such as ``5734`` and ``5045-5046``. A vendor without a category passes only where no list allows."""

    kind: ClassVar[str] = "categories"
    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()

    @classmethod
    def read(cls, members: Members) -> Self:
        allow, deny = read_ranges(members, "allow"), read_ranges(members, "deny")
        if allow is None and not deny:
            raise invalid("A list constraint has an allow list, a deny list or both.")
        return cls(id=members.id, allow=allow, deny=deny or ())

    def parameters(self) -> dict[str, Any]:
        allow = {} if self.allow is None else {"allow": list(self.allow)}
        return {**allow, **({"deny": list(self.deny)} if self.deny else {})}

    def _is_within(self, parent: Self) -> bool:
        mine = None if self.allow is None else _codes(self.allow)
        if parent.allow is not None and (mine is None or not mine <= _codes(parent.allow)):
            return False
        missed = _codes(parent.deny) - _codes(self.deny)
        return not missed or (mine is not None and not missed & mine)

    def sentence(self) -> str:
        allowed = "" if self.allow is None else f"in the categories {', '.join(self.allow) or 'none'} only"
        denied = f"never in the categories {', '.join(self.deny)}" if self.deny else ""
        return ", ".join(filter(None, [allowed, denied]))

    def refusal(self, facts: SpendFacts, *, depth: int = 0) -> Refusal | None:
        if facts.mcc is None:
            if self.allow is None and not self.deny:
                return None
            return self._refuse("category_unknown", depth, "The vendor's category is not known.")
        if in_ranges(facts.mcc, self.deny):
            return self._refuse("category_denied", depth, f"The category {facts.mcc} is denied.")
        if self.allow is not None and not in_ranges(facts.mcc, self.allow):
            return self._refuse("category_not_allowed", depth, f"The category {facts.mcc} is not allowed.")
        return None


def read_ranges(members: Members, name: str) -> tuple[str, ...] | None:
    ranges = members.items(name, _RANGE)
    if ranges is not None and any(first > last for first, last in map(_ends, ranges)):
        raise invalid(f"A range of {name} ends before it begins.")
    return ranges


def in_ranges(code: str, ranges: Iterable[str]) -> bool:
    """Whether the four-digit ``code`` lies in one of ``ranges``; texts of equal length compare as numbers."""
    return any(first <= code <= last for first, last in map(_ends, ranges))


def _ends(text: str) -> tuple[str, str]:
    first, _, last = text.partition("-")
    return first, last or first


def _codes(ranges: Iterable[str]) -> set[int]:
    return {code for first, last in map(_ends, ranges) for code in range(int(first), int(last) + 1)}
