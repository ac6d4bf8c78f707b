"""Why a spend is refused: every detailed code, the public one that vendors see, and whether anything helps.

Vendors see only the public code, so that an ancestor's budget, a sanction and a risk hold look alike from outside.
``is_liftable``: the human may make one exception (step-up). ``is_retryable``: the same request may pass later. A code
never changes its meaning; a reader that meets one it does not know takes it for a refusal.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeclineCode:
    public: str
    sentence: str
    is_liftable: bool = False
    is_retryable: bool = False


def _same(public: str, *, lift: bool = False, retry: bool = False, **sentences: str) -> dict[str, DeclineCode]:
    return {code: DeclineCode(public, sentence, lift, retry) for code, sentence in sentences.items()}


DECLINE_CODES: dict[str, DeclineCode] = {
    **_same(
        "agent_not_verified",
        retry=True,
        agent_unknown="The register knows no such agent.",
        agent_key_unrecognized="The key that signed is not one of this agent's.",
        agent_proof_invalid="The agent's signature does not hold.",
        agent_proof_expired="The agent signed this too long ago.",
        agent_proof_replayed="This signed intent was used before.",
        holder_mismatch="Another key signed than the one that may use this delegation.",
    ),
    **_same(
        "agent_not_eligible",
        agent_suspended="The agent is suspended.",
        agent_revoked="The agent was deactivated for good.",
        operator_suspended="The organization that runs the agent is suspended.",
        operator_deplatformed="The organization that runs the agent was removed from the register.",
        principal_suspended="The principal is suspended.",
        sanctions_match="The registry blocked this party.",
        risk_hold="The registry holds this for a review.",
        exposure_ceiling_exceeded="More would be outstanding than the registry allows this party.",
        reputation_too_low="The agent's score is below what the delegation asks.",
    ),
    **_same("agent_not_eligible", retry=True, frozen_by_principal="The principal paused everything."),
    **_same(
        "delegation_invalid",
        credential_invalid="A delegation's signature or form does not hold.",
        credential_expired="A delegation has ended.",
        credential_not_yet_valid="A delegation has not begun.",
        chain_broken="The links do not follow from each other.",
        chain_too_long="The chain has more than eight links.",
        chain_cycle="A party or a link stands twice in the chain.",
        principal_mismatch="The links name different principals or roots.",
        ledger_mismatch="The links name another ledger.",
        unknown_limit_type="A link carries a kind of constraint that is not known.",
        delegation_unregistered="The delegation was never registered here.",
        chain_link_revoked="A link was revoked.",
        chain_link_suspended="A link is suspended.",
        redelegation_not_allowed="The link above does not allow passing on.",
    ),
    **_same(
        "not_permitted",
        action_not_allowed="The action is not among those allowed.",
        audience_mismatch="This delegation is not meant for this vendor.",
        purpose_mismatch="The purpose is another one.",
        payee_denied="The vendor is on the list of those denied.",
        category_denied="The vendor's category is denied.",
        category_unknown="The vendor has no category and only some are allowed.",
        country_not_allowed="The vendor's country is not among those allowed.",
        currency_not_allowed="The currency is not among those allowed.",
    ),
    **_same(
        "not_permitted",
        lift=True,
        payee_not_allowed="The vendor is not among those allowed.",
        category_not_allowed="The vendor's category is not among those allowed.",
    ),
    **_same(
        "not_permitted",
        lift=True,
        retry=True,
        outside_hours="It is outside the hours allowed.",
        spacing_not_elapsed="The last spend was too short a time ago.",
    ),
    **_same(
        "invalid_amount",
        amount_invalid="The amount is not one that can be spent.",
        amount_scale_mismatch="The exponent is not the currency's.",
        amount_overflow="The amount is beyond what the ledger holds.",
    ),
    **_same(
        "limit_exceeded",
        lift=True,
        per_transaction_exceeded="It is outside the limit for one purchase.",
        count_exceeded="There are no uses left.",
    ),
    **_same(
        "limit_exceeded",
        lift=True,
        retry=True,
        period_limit_exceeded="The limit of this calendar period would be passed.",
        rolling_limit_exceeded="The limit of this window would be passed.",
        velocity_exceeded="There were too many uses in this window.",
    ),
    **_same(
        "limit_exceeded",
        total_exceeded="The total would be passed.",
        allocation_exhausted="What was set aside for this link is used up.",
    ),
    **_same(
        "vendor_not_eligible",
        vendor_unknown="The register knows no such vendor.",
        vendor_unverified="The vendor has not been verified.",
        vendor_suspended="The vendor is suspended.",
        vendor_assurance_too_low="The vendor is verified less than the delegation asks.",
        offer_invalid="The vendor's signed offer does not hold.",
        order_mismatch="The order is not the one that was offered.",
    ),
    **_same("approval_required", lift=True, approval_required="The human wants to be asked first."),
    **_same(
        "approval_not_granted",
        approval_denied="The human said no.",
        approval_expired="The human did not answer in time.",
        approval_mismatch="The approval is for another purchase.",
        approval_already_used="The approval was used before.",
        approver_not_eligible="Whoever approved may not approve this.",
        approval_rate_limited="The human was asked too often.",
    ),
}
