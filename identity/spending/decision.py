"""The decision itself: a pure function of what was asked and what was seen. No clock, no database, no signature.

Every reason is kept; the first in the order of the evaluation is the primary one. What a human may lift is lifted only
by an elevation for exactly this purchase. A limit that is lifted books the amount apart, so that what the constraint
itself allowed stays provable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from identity.delegation.decline_codes import DECLINE_CODES
from identity.delegation.facts import Refusal, SpendFacts
from identity.delegation.link import ANY_VENDOR
from identity.spending.chain import Chain
from identity.spending.counting import book as book
from identity.spending.counting import count_budgets, count_exposure
from identity.spending.seen import NOWHERE as NOWHERE
from identity.spending.seen import ApprovalSeen as ApprovalSeen
from identity.spending.seen import BudgetSeen as BudgetSeen
from identity.spending.seen import Charge as Charge
from identity.spending.seen import Outcome as Outcome
from identity.spending.seen import Seen as Seen
from identity.spending.seen import SpendRequest as SpendRequest
from identity.spending.seen import VendorSeen as VendorSeen
from identity.spending.stateless import stateless_refusals

_STATUS_CODES = {"revoked": "chain_link_revoked", "suspended": "chain_link_suspended"}
_AGENT_CODES = {
    "suspended": "agent_suspended",
    "deactivated": "agent_revoked",
    "revoked": "agent_revoked",
    "unclaimed": "agent_unknown",
}


def decide(request: SpendRequest, chain: Chain, seen: Seen, budgets: Mapping[str, BudgetSeen]) -> Outcome:
    """What is answered, and what it books. Leaves ``budgets`` as they are; ``book`` takes the charges.

    About an increment the human is asked as about a new purchase, except where a budget has no room for it.
    """
    hard = [*_about_vendor(seen.vendor), *_about_proof(request, chain, seen), *_about_links(request, chain, seen)]
    if seen.vendor is None:
        return Outcome("declined", tuple(hard))
    facts = _facts(request, seen, seen.vendor)
    found = sorted(stateless_refusals(chain, facts), key=_evaluation_order)
    approval_refusals, lifts = _elevation(request, seen.approval)
    charges, over = count_budgets(request, chain, budgets, lifts)
    exposure, underwritten = count_exposure(request, chain, seen.terms, budgets)
    charges += exposure
    asks = [refusal for depth, rule in chain.step_ups if (refusal := rule.refusal(facts, depth=depth)) is not None]
    standing = [refusal for refusal in (*found, *over, *underwritten, *asks) if not _is_lifted(refusal, lifts)]
    reasons = (*hard, *approval_refusals, *standing)
    if not reasons:
        lifted = tuple(sorted(lifts))
        return Outcome("approved", (), tuple(charges), lifted)
    can_ask = bool(chain.step_ups) and not hard and not approval_refusals and all(map(_is_liftable, standing))
    if over and not request.counts_use:  # what an authorization holds of a budget is all elevated or none of it is
        can_ask = False
    return Outcome("step_up_required" if can_ask else "declined", reasons, tuple(charges))


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
