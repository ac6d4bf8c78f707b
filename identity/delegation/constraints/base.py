"""What every constraint is, and how one is read from a signed claim: strictly, member by member."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from identity.delegation.facts import Refusal, SpendFacts
from identity.primitives.errors import InvalidInput
from identity.primitives.money import Money, check_amount, check_exponent

LIST_ITEMS_MAX = 100  # a longer list is a policy of its own and belongs to the vendor register
COUNT_MAX = 1_000_000_000
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """One limit of one delegation; ``id`` (``L1``) names it within. All constraints of all links must hold.

    ``is_counted``: judged by what was spent before, which only the ledger knows; its ``refusal`` is then always None.
    """

    kind: ClassVar[str]
    is_counted: ClassVar[bool] = False
    id: str

    @classmethod
    def read(cls, members: Members) -> Self:
        """From the members of a claim; InvalidInput ``constraint_invalid`` or a code of ``money``."""
        raise NotImplementedError

    def parameters(self) -> dict[str, Any]:
        """The members of the claim besides ``id`` and ``type``."""
        raise NotImplementedError

    def claim(self) -> dict[str, Any]:
        """The constraint as a signed claim spells it; reading it again gives an equal constraint."""
        return {"id": self.id, "type": self.kind, **self.parameters()}

    def narrows(self, parent: Constraint) -> bool:
        """Whether this promises no more than ``parent``. True when the two cannot be compared: both hold anyway.

        A courtesy to whoever reads one link alone; what binds is that every constraint of every link is judged.
        """
        return not isinstance(parent, type(self)) or self._is_within(parent)

    def _is_within(self, parent: Self) -> bool:
        raise NotImplementedError

    def sentence(self) -> str:
        """The limit in words, to stand after "The holder may act" in a list."""
        raise NotImplementedError

    def refusal(self, facts: SpendFacts, *, depth: int = 0) -> Refusal | None:
        """Why this constraint forbids the spend, or None. ``depth`` is that of its link."""
        return None

    def _refuse(self, code: str, depth: int, detail: str) -> Refusal:
        return Refusal(code, depth, self.id, detail)


class Members:
    """The members of one claim, taken one by one; what nobody took is unknown and refused at the end."""

    def __init__(self, claim: dict[str, Any]) -> None:
        self._left = dict(claim)
        self.id = self.text("id", _ID)

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def take(self, name: str) -> Any:
        if name not in self._left:
            raise invalid(f"The member {name} is missing.")
        return self._left.pop(name)

    def text(self, name: str, form: re.Pattern[str]) -> str:
        value = self.take(name)
        if not isinstance(value, str) or not form.fullmatch(value):
            raise invalid(f"The member {name} does not have its form.")
        return value

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.take(name)
        if not isinstance(value, str) or value not in choices:
            raise invalid(f"The member {name} is one of {', '.join(choices)}.")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._left.pop(name, default)
        if not isinstance(value, bool):
            raise invalid(f"The member {name} is true or false.")
        return value

    def number(self, name: str, *, lowest: int, highest: int) -> int:
        value = self.take(name)
        if type(value) is not int or not lowest <= value <= highest:
            raise invalid(f"The member {name} is a whole number from {lowest} to {highest}.")
        return value

    def money(self, name: str) -> Money:
        """The amount under ``name`` with the claim's ``currency`` and ``exponent``."""
        money = Money(check_amount(self.take(name)), self.take("currency"))
        check_exponent(money.currency, self.take("exponent"))
        return money

    def items(self, name: str, form: re.Pattern[str]) -> tuple[str, ...] | None:
        """A list of texts without repetition, sorted; None when it is absent. An empty one means *nothing*."""
        if name not in self._left:
            return None
        value = self._left.pop(name)
        if not isinstance(value, list) or len(value) > LIST_ITEMS_MAX:
            raise invalid(f"The member {name} is a list of at most {LIST_ITEMS_MAX} texts.")
        if not all(isinstance(item, str) and form.fullmatch(item) for item in value):
            raise invalid(f"An item of {name} does not have its form.")
        if len(set(value)) != len(value):
            raise invalid(f"An item stands twice in {name}.")
        return tuple(sorted(value))

    def end(self) -> None:
        """InvalidInput ``unknown_limit_type`` when something is left: a parameter we do not know may be the one that
        was meant to forbid this very purchase."""
        if self._left:
            raise unknown(f"The parameter {sorted(self._left)[0][:40]!r} is not known.")


def invalid(sentence: str) -> InvalidInput:
    return InvalidInput("constraint_invalid", sentence, field="constraints")


def unknown(sentence: str) -> InvalidInput:
    return InvalidInput("unknown_limit_type", sentence, field="constraints")
