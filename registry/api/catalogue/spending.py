"""Codes of vendors, authorizations, captures, refunds and approvals.

These are the codes of calls that make no sense or come too late. Why a spend was declined is told by the decline codes
(``identity.delegation.decline_codes``) inside a ``spend_declined`` problem.
"""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    "vendor_mcc": Problem(422, "No merchant category", "`mcc` is four digits, a category of ISO 18245."),
    "vendor_country": Problem(422, "No country", "`country` is two capital letters of ISO 3166-1."),
    "vendor_domains": Problem(422, "Domains", "A vendor names at most ten domains, each once, such as shop.example."),
    "vendor_assurance": Problem(422, "No assurance level", "An assurance level is a whole number from 0 to 3."),
    "vendor_agent_not_active": Problem(
        409, "The agent is not active", "Only an active agent can be a vendor: reinstate it, or register another one."
    ),
    "idempotency_key_required": Problem(
        400,
        "An idempotency key is required",
        "Send `Idempotency-Key` with a text of your own for this call, and the same one whenever you send it again: a "
        "spend must never count twice because an answer was lost.",
    ),
    "spend_declined": Problem(
        402,
        "The spend was declined",
        "`decision` is `declined`, `reasons` carry one public code, `decision_id` names the evidence and `receipt` is "
        "the registry's signature over it. Nothing is held. The agent and its principal read more at `/v1/evidence/…`.",
    ),
    "chain_ref_mismatch": Problem(
        422, "The intent names another delegation", "`chain_ref` must be the delegation that the intent was signed for."
    ),
    "hold_for_invalid": Problem(
        422, "The hold is too short or too long", "An authorization holds for one minute to 31 days."
    ),
    "tolerance_invalid": Problem(
        422,
        "The tolerance is too large",
        "A tolerance is 0 to 20 percent, and within the amount that the agent signed.",
    ),
    "decision_timeout": Problem(
        503,
        "The decision took too long",
        "Nothing happened. Treat it as declined for now and send the same call with the same key again.",
    ),
    "ledger_unavailable": Problem(
        503,
        "The ledger cannot be reached",
        "Nothing happened. Treat it as declined for now and send the same call with the same key again.",
    ),
    "hold_not_found": Problem(
        404, "There is no such authorization", "It does not exist, or is not yours; the two are never told apart."
    ),
    "hold_expired": Problem(409, "The authorization ran out", "What was held is released; ask for a new one."),
    "hold_closed": Problem(409, "The authorization has ended", "It was captured or released; ask for a new one."),
    "hold_already_captured": Problem(
        409, "The authorization was captured", "All of it was captured, or a capture was final. Refund instead."
    ),
    "hold_already_voided": Problem(
        409,
        "The authorization was released",
        "One of the parties released it, or the authority under it ended. You may open a claim.",
    ),
    "hold_suspended": Problem(
        409, "The authorization waits", "The agent's delegation is suspended; capture what is held when it is resumed."
    ),
    "capture_exceeds_hold": Problem(
        409, "More than is held", "A capture is at most what is still open; ask for an increment first."
    ),
    "capture_currency_mismatch": Problem(
        422, "Another currency", "Captures, refunds and force-posts are in the currency of the authorization."
    ),
    "increment_mismatch": Problem(
        409,
        "The increment does not fit",
        "The new intent must be by the same agent under the same delegation, over the whole new amount, for an "
        "authorization that no human had to approve.",
    ),
    "refund_exceeds_capture": Problem(
        409, "More than was captured", "All refunds together are at most what was captured."
    ),
    "reference_invalid": Problem(422, "The reference is not acceptable", "A reference has 1 to 80 characters."),
    "reference_reused": Problem(
        409, "The reference was used before", "Your reference stands for a step with another amount."
    ),
    "evidence_required": Problem(422, "Evidence is required", "Say in at most 500 characters what happened."),
    "approval_ended": Problem(
        409, "The question was answered", "It was approved, denied, cancelled, or nobody answered in time."
    ),
    "already_voted": Problem(409, "You have answered", "One answer a person, and it stands."),
    "answer_invalid": Problem(
        422,
        "The answer does not hold",
        "An agent's answer is its own signed token about exactly this question, five minutes old at most, by a key for "
        "passing authority on.",
    ),
    "approver_not_eligible": Problem(
        403,
        "You cannot answer this",
        "Only the principal's own people with the permission approvals_write can or, where it was asked, the agent "
        "that issued the link.",
    ),
    "too_many_budgets": Problem(
        422, "The chain counts in too many budgets", "All links of a chain together count in at most 32 budgets."
    ),
    "allocation_needs_total": Problem(
        422, "A reserved allocation needs a total", "What is set aside is the link's total; give it one."
    ),
    "allocation_exhausted": Problem(
        409, "Not enough is left to set aside", "The delegations above do not have as much left of their totals."
    ),
    "band_unknown": Problem(422, "There is no such band", "A band is unproven, below_fair, fair, good or strong."),
    "cover_invalid": Problem(
        422,
        "The cover does not count",
        "A cover names an amount, who answers for it, its certificate and an end ahead.",
    ),
}
