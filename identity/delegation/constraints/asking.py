"""When the human is asked first, and what the authority is for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from identity.delegation.constraints.base import Constraint, Members, invalid
from identity.delegation.constraints.categories import in_ranges, read_ranges
from identity.delegation.constraints.lists import covers_action, read_actions
from identity.delegation.facts import Refusal, SpendFacts
from identity.primitives.ids import is_id
from identity.primitives.money import Money

ISSUER = "issuer"
APPROVERS = ("principal", ISSUER)
_WHO = {"principal": "its principal", "issuer": "whoever issued this"}
PURPOSE_LENGTH_MAX = 280
_TAG = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUp(Constraint):
    """Ask first when any of these holds. ``approvers``: the principal of the chain, whoever issued this link or, in a
    root, one of the principal's groups of approvers, by its id."""

    kind: ClassVar[str] = "step_up"
    amount_over: Money | None = None
    first_use_of_payee: bool = False
    actions: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    always: bool = False
    approvers: str = "principal"

    @classmethod
    def read(cls, members: Members) -> Self:
        when = members.take("when")
        if not isinstance(when, dict):
            raise invalid("The member when is an object.")
        approvers = _approvers(members.take("approvers")) if "approvers" in members else "principal"
        inner = Members({**when, "id": members.id})
        rule = cls(
            id=members.id,
            amount_over=inner.money("amountOver") if "amountOver" in inner else None,
            first_use_of_payee=inner.flag("firstUseOfPayee", default=False),
            actions=read_actions(inner, "action") if "action" in inner else (),
            categories=read_ranges(inner, "category") or (),
            always=inner.flag("always", default=False),
            approvers=approvers,
        )
        inner.end()
        if not rule._conditions():
            raise invalid("The member when names no condition: it would never ask.")
        return rule

    def parameters(self) -> dict[str, Any]:
        when: dict[str, Any] = {}
        if self.amount_over is not None:
            over = self.amount_over
            when |= {"amountOver": over.amount, "currency": over.currency, "exponent": over.exponent}
        if self.first_use_of_payee:
            when["firstUseOfPayee"] = True
        if self.actions:
            when["action"] = list(self.actions)
        if self.categories:
            when["category"] = list(self.categories)
        if self.always:
            when["always"] = True
        return {"when": when, "approvers": self.approvers}

    def _is_within(self, parent: Self) -> bool:
        """Conditions may only be added; the parent's own still ask, so any child rule is within."""
        return True

    def _conditions(self) -> list[str]:
        words = []
        if self.always:
            words.append("every time")
        if self.amount_over is not None:
            words.append(f"above {self.amount_over.digits()}")
        if self.first_use_of_payee:
            words.append("at a vendor not used before")
        if self.actions:
            words.append(f"for {', '.join(self.actions)}")
        if self.categories:
            words.append(f"in the categories {', '.join(self.categories)}")
        return words

    def sentence(self) -> str:
        who = _WHO.get(self.approvers, f"the approvers {self.approvers} of its principal")
        return f"asking {who} first {' or '.join(self._conditions())}"

    @property
    def group(self) -> str:
        """The id of the group of approvers; empty when none is named."""
        return "" if self.approvers in APPROVERS else self.approvers

    def refusal(self, facts: SpendFacts, *, depth: int = 0) -> Refusal | None:
        reasons = [words for asks, words in self._asks(facts) if asks]
        return self._refuse("approval_required", depth, "; ".join(reasons)) if reasons else None

    def _asks(self, facts: SpendFacts) -> list[tuple[bool, str]]:
        over = self.amount_over
        # An amount in another currency cannot be compared with the threshold, so the human is asked.
        is_over = over is not None and (facts.currency != over.currency or facts.max_amount > over.amount)
        is_category = bool(self.categories) and (facts.mcc is None or in_ranges(facts.mcc, self.categories))
        return [
            (self.always, "always asks"),
            (is_over, f"above {over.digits()}" if over else ""),
            (self.first_use_of_payee and facts.is_first_use_of_payee, "first purchase at this vendor"),
            (covers_action(self.actions, facts.action), f"the action {facts.action[:80]}"),
            (is_category, f"the category {facts.mcc or 'is not known'}"),
        ]


def _approvers(value: Any) -> str:
    if isinstance(value, str) and (value in APPROVERS or is_id(value, "grp")):
        return value
    raise invalid("The approvers are the principal, the issuer or the id of a group of approvers.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose(Constraint):
    """What the authority is for: shown to the human and kept in evidence; it forbids nothing by itself."""

    kind: ClassVar[str] = "purpose"
    text: str
    tags: tuple[str, ...] = ()

    @classmethod
    def read(cls, members: Members) -> Self:
        text = members.take("text")
        if not isinstance(text, str) or not 0 < len(text) <= PURPOSE_LENGTH_MAX or not text.isprintable():
            raise invalid(f"The text of a purpose is one printable line of at most {PURPOSE_LENGTH_MAX} characters.")
        return cls(id=members.id, text=text, tags=members.items("tags", _TAG) or ())

    def parameters(self) -> dict[str, Any]:
        return {"text": self.text, **({"tags": list(self.tags)} if self.tags else {})}

    def _is_within(self, parent: Self) -> bool:
        return True

    def sentence(self) -> str:
        return f"for the purpose “{self.text}”"
