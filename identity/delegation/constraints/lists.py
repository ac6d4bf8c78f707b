"""Limits by list: payees, categories, countries, currencies, actions.

``allow`` present means only these, and empty means nothing; absent means any. ``deny`` always wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from identity.delegation.constraints.base import Constraint, Members, invalid
from identity.delegation.facts import Refusal, SpendFacts

_DID = r"did:[a-z0-9]+:[A-Za-z0-9._:%-]{1,280}"
_DOMAIN = r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
_CLUSTER = r"cluster:[A-Za-z0-9_-]{1,64}"
_PAYEE = re.compile(f"{_DID}|{_DOMAIN}|{_CLUSTER}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_ACTION = re.compile(r"(?=.{2,200}$)(?:/[a-z0-9][a-z0-9_-]*)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListConstraint(Constraint):
    """Texts allowed and texts denied, sorted; ``allow`` None when any is."""

    allow: tuple[str, ...] | None = None
    deny: tuple[str, ...] = ()

    @classmethod
    def _read_lists(cls, members: Members, form: re.Pattern[str]) -> Self:
        allow, deny = members.items("allow", form), members.items("deny", form)
        if allow is None and not deny:
            raise invalid("A list constraint has an allow list, a deny list or both.")
        return cls(id=members.id, allow=allow, deny=deny or ())

    def parameters(self) -> dict[str, Any]:
        allow = {} if self.allow is None else {"allow": list(self.allow)}
        return {**allow, **({"deny": list(self.deny)} if self.deny else {})}

    def _is_within(self, parent: Self) -> bool:
        if parent.allow is not None and (self.allow is None or not set(self.allow) <= set(parent.allow)):
            return False
        missed = set(parent.deny) - set(self.deny)
        return not missed or (self.allow is not None and not missed & set(self.allow))

    def _phrase(self, what: str) -> str:
        allowed = "" if self.allow is None else f"{what} {_listed(self.allow)} only"
        denied = f"never {what} {_listed(self.deny)}" if self.deny else ""
        return ", ".join(filter(None, [allowed, denied]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Payees(ListConstraint):
    """Vendors by DID, by a domain they have proven (that domain exactly), or by ``cluster:<id>``."""

    kind: ClassVar[str] = "payees"

    @classmethod
    def read(cls, members: Members) -> Self:
        return cls._read_lists(members, _PAYEE)

    def sentence(self) -> str:
        return self._phrase("at")

    def refusal(self, facts: SpendFacts, *, depth: int = 0) -> Refusal | None:
        names = {facts.vendor_did, *facts.vendor_domains}
        if facts.vendor_cluster is not None:
            names.add(f"cluster:{facts.vendor_cluster}")
        if names & set(self.deny):
            return self._refuse("payee_denied", depth, "This vendor is on the list of those denied.")
        if self.allow is not None and not names & set(self.allow):
            return self._refuse("payee_not_allowed", depth, "This vendor is not on the list of those allowed.")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Countries(ListConstraint):
    """Countries (ISO 3166-1 alpha-2) of the vendor's *verified* establishment; an unknown one is never allowed."""

    kind: ClassVar[str] = "countries"

    @classmethod
    def read(cls, members: Members) -> Self:
        return cls._read_lists(members, _COUNTRY)

    def sentence(self) -> str:
        return self._phrase("in")

    def refusal(self, facts: SpendFacts, *, depth: int = 0) -> Refusal | None:
        known = facts.country is not None and facts.country not in self.deny
        if known and (self.allow is None or facts.country in self.allow):
            return None
        return self._refuse("country_not_allowed", depth, f"The vendor's country is {facts.country or 'not known'}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Currencies(ListConstraint):
    """Currencies allowed."""

    kind: ClassVar[str] = "currencies"

    @classmethod
    def read(cls, members: Members) -> Self:
        return cls(id=members.id, allow=_required(members, _CURRENCY))

    def sentence(self) -> str:
        return self._phrase("in")

    def refusal(self, facts: SpendFacts, *, depth: int = 0) -> Refusal | None:
        if self.allow is not None and facts.currency in self.allow:
            return None
        return self._refuse("currency_not_allowed", depth, f"The currency is {facts.currency}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions(ListConstraint):
    """Actions as slash paths, each with all beneath it: ``/commerce/pay`` covers ``/commerce/pay/once``, not
    ``/commerce/payroll``."""

    kind: ClassVar[str] = "actions"

    @classmethod
    def read(cls, members: Members) -> Self:
        return cls(id=members.id, allow=_required(members, _ACTION))

    def _is_within(self, parent: Self) -> bool:
        return all(covers_action(parent.allow or (), action) for action in self.allow or ())

    def sentence(self) -> str:
        return f"doing {_listed(self.allow or ())} only"

    def refusal(self, facts: SpendFacts, *, depth: int = 0) -> Refusal | None:
        if covers_action(self.allow or (), facts.action):
            return None
        return self._refuse("action_not_allowed", depth, f"The action is {facts.action[:80]!r}.")


def covers_action(paths: tuple[str, ...], action: str) -> bool:
    """Whether ``action`` is one of ``paths`` or lies beneath one, segment by segment."""
    return any(action == path or action.startswith(f"{path}/") for path in paths)


def is_action(text: str) -> bool:
    return _ACTION.fullmatch(text) is not None


def read_actions(members: Members, name: str) -> tuple[str, ...]:
    return _required(members, _ACTION, name)


def _required(members: Members, form: re.Pattern[str], name: str = "allow") -> tuple[str, ...]:
    items = members.items(name, form)
    if items is None:
        raise invalid(f"The member {name} is missing.")
    return items


def _listed(items: tuple[str, ...]) -> str:
    if not items:
        return "nothing"
    *most, last = items
    return f"{', '.join(most)} or {last}" if most else last
