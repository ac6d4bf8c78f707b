"""What was asked and what was seen: the values that a decision is made of, and the one it comes to. No rule here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from identity.delegation.facts import Refusal
from identity.spending.chain import Counted
from identity.spending.underwriting import NOTHING_KNOWN, REGISTRY_LINK, Terms

NOWHERE = REGISTRY_LINK  # the depth of a reason that no link gives


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendRequest:
    """One attempt, after its signature was checked. ``amount`` is what the vendor asks for, ``hold`` what would be
    held in all (with its tolerance), ``charge`` what the budgets take for it. For an increment the first two are
    those of the grown authorization, ``charge`` is the difference, ``counted_at`` the time of the first decision, and
    ``counts_use`` false. ``proof_refusals`` is what the reading of the intent found."""

    vendor: str
    action: str
    amount: int
    hold: int
    charge: int
    currency: str
    order_hash: str
    nonce: str
    binding_digest: str
    key_thumbprint: str
    at: datetime
    counted_at: datetime
    expires_at: datetime
    approval: str | None = None
    counts_use: bool = True
    proof_refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class VendorSeen:
    did: str
    status: str
    mcc: str
    country: str
    domains: tuple[str, ...]
    assurance_level: int
    cluster: str


@dataclass(frozen=True, slots=True)
class ApprovalSeen:
    """The approval that the request names, as it stands; ``lifts`` are empty unless an elevation is there."""

    id: str
    state: str
    binding_digest: str
    max_amount: int = 0
    lifts: frozenset[str] = frozenset()
    valid_until: datetime | None = None
    is_consumed: bool = False
    elevation: str | None = None


@dataclass(slots=True, kw_only=True)
class Seen:
    """Statuses read under the fence, and the ``terms`` of the spending agent. ``deplatformed`` are principals, and
    agents by their organization. ``is_first_use_of_payee``: the root never spent at this vendor."""

    links: Mapping[str, str]
    agents: Mapping[str, str]
    frozen: AbstractSet[str]
    vendor: VendorSeen | None
    valid_keys: Collection[str]
    terms: Terms = NOTHING_KNOWN
    deplatformed: AbstractSet[str] = frozenset()
    is_nonce_used: bool = False
    is_first_use_of_payee: bool = False
    approval: ApprovalSeen | None = None


@dataclass(slots=True)
class BudgetSeen:
    """One locked budget. Mutable: the next request of the same group sees what this one took. ``taken`` is what
    they all took, to be written: [held, uses, elevated held, elevated uses, last used at], the last three None where
    there is nothing of it."""

    held: int = 0
    captured: int = 0
    uses: int = 0
    last_used_at: datetime | None = None
    recent_amount: int = 0
    recent_uses: int = 0
    cap: int | None = None
    taken: list[Any] | None = None


class Charge(NamedTuple):
    """What one budget takes if the spend is approved; ``before`` and ``cap`` are for the evidence."""

    budget: str
    counted: Counted
    amount: int
    uses: int
    before: int
    cap: int
    is_elevated: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """``verdict`` is approved, step_up_required or declined; ``reasons`` are all that speak against it now."""

    verdict: str
    reasons: tuple[Refusal, ...]
    charges: tuple[Charge, ...] = ()
    lifted: tuple[str, ...] = ()

    @property
    def primary_code(self) -> str | None:
        return self.reasons[0].code if self.reasons else None
