"""The decision itself: a pure function of what was asked and what was seen. No clock, no database, no signature.

Every reason is kept; the first in the order of the evaluation is the primary one. What a human may lift is lifted only
by an elevation for exactly this purchase. A limit that is lifted books the amount apart, so that what the constraint
itself allowed stays provable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from identity.delegation.constraints import Count, PerPeriod, Rolling, Spacing, Total, Velocity
from identity.delegation.decline_codes import DECLINE_CODES
from identity.delegation.facts import Refusal, SpendFacts
from identity.delegation.link import ANY_VENDOR
from identity.primitives.money import Money
from identity.spending.chain import Chain, Counted
from identity.spending.stateless import stateless_refusals
from identity.spending.underwriting import (
    NOTHING_KNOWN,
    REGISTRY_LINK,
    Terms,
    ceiling_budget,
    counted_as,
    underwrite,
)

NOWHERE = REGISTRY_LINK  # the depth of a reason that no link gives

_STATUS_CODES = {"revoked": "chain_link_revoked", "suspended": "chain_link_suspended"}
_AGENT_CODES = {
    "suspended": "agent_suspended",
    "deactivated": "agent_revoked",
    "revoked": "agent_revoked",
    "unclaimed": "agent_unknown",
}


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Statuses read under the fence, and the ``terms`` of the spending agent. ``deplatformed`` are principals, and
    agents by their organization. ``is_first_use_of_payee``: the root never spent at this vendor."""

    links: Mapping[str, str]
    agents: Mapping[str, str]
    frozen: frozenset[str]
    vendor: VendorSeen | None
    valid_keys: frozenset[str]
    terms: Terms = NOTHING_KNOWN
    deplatformed: AbstractSet[str] = frozenset()
    is_nonce_used: bool = False
    is_first_use_of_payee: bool = False
    approval: ApprovalSeen | None = None


@dataclass(slots=True)
class BudgetSeen:
    """One locked budget. Mutable: the next request of the same group sees what this one took."""

    held: int = 0
    captured: int = 0
    uses: int = 0
    last_used_at: datetime | None = None
    recent_amount: int = 0
    recent_uses: int = 0
    cap: int | None = None


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


def decide(request: SpendRequest, chain: Chain, seen: Seen, budgets: Mapping[str, BudgetSeen]) -> Outcome:
    """What is answered, and what it books. Leaves ``budgets`` as they are; ``book`` takes the charges."""
    hard = [*_about_vendor(seen.vendor), *_about_proof(request, chain, seen), *_about_links(request, chain, seen)]
    if seen.vendor is None:
        return Outcome("declined", tuple(hard))
    facts = _facts(request, seen, seen.vendor)
    found = sorted(stateless_refusals(chain, facts), key=_evaluation_order)
    approval_refusals, lifts = _elevation(request, seen.approval)
    charges, over = _count(request, chain, budgets, lifts)
    exposure, underwritten = _underwritten(request, chain, seen.terms, budgets)
    charges += exposure
    asks = [refusal for depth, rule in chain.step_ups if (refusal := rule.refusal(facts, depth=depth)) is not None]
    standing = [refusal for refusal in (*found, *over, *underwritten, *asks) if not _is_lifted(refusal, lifts)]
    reasons = (*hard, *approval_refusals, *standing)
    if not reasons:
        lifted = tuple(sorted(lifts))
        return Outcome("approved", (), tuple(charges), lifted)
    can_ask = bool(chain.step_ups) and not hard and not approval_refusals and all(map(_is_liftable, standing))
    return Outcome("step_up_required" if can_ask else "declined", reasons, tuple(charges))


def book(outcome: Outcome, budgets: Mapping[str, BudgetSeen], at: datetime) -> None:
    """Let the group's next request see what an approved one took."""
    for charge in outcome.charges:
        budget = budgets[charge.budget]
        if not charge.is_elevated:
            budget.recent_amount += charge.amount
            budget.recent_uses += charge.uses
            budget.held += charge.amount
            budget.uses += charge.uses
        if charge.uses:
            budget.last_used_at = at if budget.last_used_at is None else max(at, budget.last_used_at)


def lift_name(refusal: Refusal) -> str:
    """``1:L3``: the name under which an elevation lifts this limit."""
    return f"{refusal.link_depth}:{refusal.constraint_id}"


def _is_lifted(refusal: Refusal, lifts: frozenset[str]) -> bool:
    """Whatever an elevation names, totals, deny lists and currencies stand."""
    return lift_name(refusal) in lifts and _is_liftable(refusal)


def _is_liftable(refusal: Refusal) -> bool:
    return DECLINE_CODES[refusal.code].is_liftable


def _about_vendor(vendor: VendorSeen | None) -> list[Refusal]:
    """The vendor comes first: one that may not ask learns nothing about the agent."""
    if vendor is None:
        return [Refusal("vendor_unknown", NOWHERE, "", "The caller is not the registered vendor of this intent.")]
    if vendor.status != "active":
        return [Refusal("vendor_suspended", NOWHERE, "", f"The vendor is {vendor.status}.")]
    return []


def _about_proof(request: SpendRequest, chain: Chain, seen: Seen) -> list[Refusal]:
    """What was found when the intent was read, and whether its key still counts and its nonce is fresh."""
    found = list(request.proof_refusals)
    if request.key_thumbprint != chain.leaf.holder_thumbprint:
        found.append(Refusal("holder_mismatch", NOWHERE, "", "Another key signed than the link is bound to."))
    elif request.key_thumbprint not in seen.valid_keys:
        found.append(Refusal("agent_key_unrecognized", NOWHERE, "", "The key is retired, revoked or not the agent's."))
    if seen.is_nonce_used:
        found.append(Refusal("agent_proof_replayed", NOWHERE, "", "This intent was approved before."))
    return found


def _about_links(request: SpendRequest, chain: Chain, seen: Seen) -> list[Refusal]:
    """Statuses, ancestors first: principal, then each link with its agent."""
    found = []
    if chain.principal in seen.deplatformed:
        found.append(Refusal("principal_suspended", NOWHERE, "", "The principal was removed from the register."))
    if chain.principal in seen.frozen:
        found.append(Refusal("frozen_by_principal", NOWHERE, "", "The principal paused everything."))
    for link in chain.links:
        if link.agent in seen.deplatformed:
            code = "operator_deplatformed"
            found.append(Refusal(code, link.depth, "", DECLINE_CODES[code].sentence))
        agent = seen.agents.get(link.agent)
        if agent != "active":
            code = _AGENT_CODES.get(str(agent), "agent_unknown")
            found.append(Refusal(code, link.depth, "", f"The agent of this link is {agent}."))
        status = seen.links.get(link.id)
        if status != "active":
            code = _STATUS_CODES.get(str(status), "delegation_unregistered")
            found.append(Refusal(code, link.depth, "", f"This link is {status}."))
        if request.at < link.valid_from:
            found.append(Refusal("credential_not_yet_valid", link.depth, "", "This link has not begun."))
        elif request.at >= link.valid_until:
            found.append(Refusal("credential_expired", link.depth, "", "This link has ended."))
        found.extend(_about_audience(link.depth, link.audience, seen.vendor))
    return found


def _about_audience(depth: int, audience: Sequence[str], vendor: VendorSeen | None) -> list[Refusal]:
    """A link may name the vendors it is meant for; without names it is meant for any that proved a domain."""
    if vendor is None or not audience or vendor.did in audience:
        return []
    if ANY_VENDOR in audience:
        is_verified = vendor.assurance_level >= 1
        return [] if is_verified else [Refusal("vendor_unverified", depth, "", "The vendor proved no domain.")]
    return [Refusal("audience_mismatch", depth, "", "This link is meant for other vendors.")]


def _facts(request: SpendRequest, seen: Seen, vendor: VendorSeen) -> SpendFacts:
    return SpendFacts(
        amount=request.amount,
        max_amount=request.hold,
        currency=request.currency,
        action=request.action,
        vendor_did=vendor.did,
        vendor_domains=vendor.domains,
        vendor_cluster=vendor.cluster or None,
        mcc=vendor.mcc,
        country=vendor.country,
        vendor_assurance=vendor.assurance_level,
        agent_reputation=seen.terms.score,
        is_first_use_of_payee=seen.is_first_use_of_payee,
        at=request.at,
    )


def _elevation(request: SpendRequest, approval: ApprovalSeen | None) -> tuple[list[Refusal], frozenset[str]]:
    """What the named approval is worth now, or why nothing.

    Stops an approval from being used for another shop, a larger amount or another order (its digest is over all of
    them), twice, or after its minutes.
    """
    if request.approval is None:
        return [], frozenset()
    code = None
    if approval is None or approval.binding_digest != request.binding_digest or request.hold > approval.max_amount:
        code = "approval_mismatch"
    if approval is not None and approval.state in ("denied", "expired", "cancelled"):
        code = "approval_denied" if approval.state == "denied" else "approval_expired"
    elif approval is not None and approval.state == "pending":
        return [], frozenset()
    elif approval is not None and approval.is_consumed:
        code = "approval_already_used"
    elif approval is not None and (approval.valid_until is None or approval.valid_until <= request.at):
        code = code or "approval_expired"
    if code is not None:
        return [Refusal(code, NOWHERE, "", DECLINE_CODES[code].sentence)], frozenset()
    assert approval is not None
    return [], approval.lifts


def _count(
    request: SpendRequest, chain: Chain, budgets: Mapping[str, BudgetSeen], lifts: frozenset[str]
) -> tuple[list[Charge], list[Refusal]]:
    charges, over = [], []
    for counted in chain.counted:
        if counted.currency is not None and counted.currency != request.currency:
            continue
        budget_id = counted.budget_id(request.counted_at)
        budget = budgets[budget_id]
        charge, refusal = _judge(counted, budget, budget_id, request, counted.lift in lifts)
        charges.append(charge)
        if refusal is not None:
            over.append(refusal)
    return charges, over


def _shown(amount: int, counted: Counted) -> str:
    """Money as people write it: the human who is asked reads it, and so does the agent's owner."""
    return Money(amount, counted.currency).digits() if counted.currency is not None else str(amount)


def _judge(
    counted: Counted, budget: BudgetSeen, budget_id: str, request: SpendRequest, is_elevated: bool
) -> tuple[Charge, Refusal | None]:
    """What this budget would take, and why not."""
    rule = counted.rule
    uses = 1 if request.counts_use else 0
    amount = request.charge if counted.currency is not None else 0
    code, detail = None, ""
    match rule:
        case Total() | PerPeriod():
            before, cap = budget.held + budget.captured, rule.amount
            if before + amount > cap:
                code = "total_exceeded" if isinstance(rule, Total) else "period_limit_exceeded"
                used, most, more, over = (_shown(n, counted) for n in (before, cap, amount, before + amount - cap))
                detail = f"{used} of {most} are used; {more} more is {over} too much."
        case Rolling():
            before, cap = budget.recent_amount, rule.amount
            if before + amount > cap:
                used, most = _shown(before, counted), _shown(cap, counted)
                code, detail = "rolling_limit_exceeded", f"{used} of {most} were used in this window."
        case Count():
            before, cap = budget.uses, rule.maximum
            if before + uses > cap:
                code, detail = "count_exceeded", f"All {cap} uses are taken."
        case Velocity():
            before, cap = budget.recent_uses, rule.maximum
            if uses and before + uses > cap:
                code, detail = "velocity_exceeded", f"{before} of {cap} uses were in this window."
        case Spacing():
            before, cap = 0, rule.min_interval_seconds
            earliest = budget.last_used_at and budget.last_used_at + timedelta(seconds=cap)
            if uses and earliest is not None and request.at < earliest:
                code, detail = "spacing_not_elapsed", f"The next use is at {earliest.isoformat()}."
    charge = Charge(budget_id, counted, amount, uses, before, cap, is_elevated and not isinstance(rule, Total))
    return charge, Refusal(code, counted.depth, rule.id, detail) if code else None


def _underwritten(
    request: SpendRequest, chain: Chain, terms: Terms, budgets: Mapping[str, BudgetSeen]
) -> tuple[list[Charge], tuple[Refusal, ...]]:
    """What the spending agent's day takes, and what the registry itself says against it."""
    budget_id = ceiling_budget(chain.leaf.agent, request.counted_at)
    budget = budgets[budget_id]
    found = underwrite(
        terms,
        chain,
        charge=request.charge,
        hold=request.hold,
        currency=request.currency,
        action=request.action,
        before=budget.held + budget.captured,
        at=request.at,
    )
    if not found.worth:
        return [], found.refusals
    counted = counted_as(request.currency)
    return [Charge(budget_id, counted, found.worth, 0, found.before, found.ceiling, False)], found.refusals


_STATELESS_ORDER = (
    "action_not_allowed",
    "payee_denied",
    "payee_not_allowed",
    "category_unknown",
    "category_denied",
    "category_not_allowed",
    "country_not_allowed",
    "currency_not_allowed",
    "outside_hours",
    "vendor_assurance_too_low",
    "reputation_too_low",
    "per_transaction_exceeded",
)
_PLACES = {code: place for place, code in enumerate(_STATELESS_ORDER)}


def _evaluation_order(refusal: Refusal) -> tuple[int, int]:
    return _PLACES.get(refusal.code, 0), refusal.link_depth
