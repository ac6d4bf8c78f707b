"""What a constraint is judged by, and what it says when the answer is no. Plain values, no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendFacts:
    """One attempt to spend, as the registry knows it: what the vendor is comes from the register, never from the
    request. Amounts are minor units of ``currency``; ``max_amount`` is the most that may be captured and is what
    upper limits are judged by. ``agent_reputation`` is 0 to 1000, None when there is no score yet."""

    amount: int
    max_amount: int
    currency: str
    action: str
    vendor_did: str
    vendor_domains: tuple[str, ...] = ()
    vendor_cluster: str | None = None
    mcc: str | None = None
    country: str | None = None
    vendor_assurance: int = 0
    agent_reputation: int | None = None
    is_first_use_of_payee: bool = False
    at: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one link says no: ``code`` of ``decline_codes``, the link's depth (0 is the root) and the constraint's id
    in it ("" when it is the link itself). ``detail`` is for the agent and its principal, never for the vendor."""

    code: str
    link_depth: int
    constraint_id: str
    detail: str
