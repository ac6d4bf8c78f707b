"""Codes of delegations and of principals.

Why a chain does not hold is told by the same codes as why a spend is declined (``identity.delegation.decline_codes``).
"""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    # What a delegation says
    "constraint_invalid": Problem(
        422, "A constraint is not acceptable", "A member of a constraint is missing or does not have its form."
    ),
    "unknown_limit_type": Problem(
        422,
        "A kind of constraint is not known",
        "A limit that is silently ignored would be dangerous, so kinds and parameters that are not known are refused.",
    ),
    "constraint_wider": Problem(
        422,
        "A constraint is wider than above",
        "Both limits would hold, but whoever reads the lower link alone would be misled. Narrow it, or leave it out.",
    ),
    "amount_invalid": Problem(
        422, "The amount is not acceptable", "An amount is a whole number of minor units, such as 4000 for 40.00 EUR."
    ),
    "amount_overflow": Problem(422, "The amount is too large", "An amount is at most 999,999,999,999,999 minor units."),
    "amount_scale_mismatch": Problem(
        422, "The exponent is not the currency's", "Signed amounts name the exponent of ISO 4217: 2 for EUR, 0 for JPY."
    ),
    "currency_unknown": Problem(422, "The currency is not known", "A currency is a code of ISO 4217, such as EUR."),
    "validity_invalid": Problem(
        422,
        "The time of validity is not acceptable",
        "A delegation ends in the future and after it begins, lives five years at most and never outlives its parent.",
    ),
    "depth_invalid": Problem(422, "The depth is not acceptable", "A chain has at most eight links."),
    "holder_key_not_valid": Problem(
        422, "The holder's key is not valid", "A delegation names one key of its holder that is valid now."
    ),
    "agent_not_active": Problem(
        409, "The agent is not active", "Authority is given to active agents only, and passed on by them."
    ),
    # Who may lend
    "lending_not_allowed": Problem(
        403,
        "This role lends nothing",
        "An organization says for each role how much it may lend. Ask an owner to raise it, or to lend in your place.",
    ),
    "lending_rule_exceeded": Problem(
        403,
        "It goes beyond what your role may lend",
        "An organization bounds what its roles lend: amount, currency, time, number. `excesses` names what is beyond.",
    ),
    "lending_rule_above_you": Problem(
        403,
        "You may not set this role's rule",
        "Owners set the lending rule of every role, administrators that of lenders: no administrator lifts her own.",
    ),
    "lending_rule_invalid": Problem(
        422, "The lending rule is not acceptable", "One of its numbers or amounts is not within what a rule can say."
    ),
    "lending_rule_changed": Problem(
        409, "The lending rule was changed meanwhile", "Somebody else saved it first. Look again, then change it."
    ),
    "limit_template_invalid": Problem(
        422, "The limit template is not acceptable", "It needs a name, limits and a time to live."
    ),
    "limit_template_name_taken": Problem(
        409, "A limit template has this name", "Names tell templates apart; choose another or change the one there is."
    ),
    "limit_template_changed": Problem(
        409, "The limit template was changed meanwhile", "Somebody else saved it first. Look again, then change it."
    ),
    "too_many_limit_templates": Problem(
        409, "There are too many limit templates", "A list that nobody reads to its end helps nobody choose."
    ),
    "principal_unknown": Problem(
        422, "Whose delegation it would be is not clear", "Say in `parent` what is passed on, or act for a principal."
    ),
    # The chain
    "credential_invalid": Problem(
        422,
        "The delegation credential does not hold",
        "Its form, its signature or its status entry is not as it must be; the detail says which.",
    ),
    "agent_proof_invalid": Problem(
        422, "The intent does not hold", "An intent is a token of type `attorn-intent+jwt` signed by the holder's key."
    ),
    "chain_broken": Problem(
        422, "The link does not follow from the one above", "Issuer, digest, depth and dates must follow the parent's."
    ),
    "chain_too_long": Problem(422, "The chain is too long", "A chain has at most eight links."),
    "chain_cycle": Problem(
        422, "The chain is a ring", "No agent and no link stands twice in a chain: it could only lose by it."
    ),
    "principal_mismatch": Problem(
        422, "The principal is another one", "All links of a chain name the same root and the same principal."
    ),
    "ledger_mismatch": Problem(
        422, "The ledger is another one", "All links of a chain name the register that counts, and it is this one."
    ),
    "redelegation_not_allowed": Problem(
        422, "Passing on is not allowed", "`maxFurtherDepth` of the link above is used up, or not smaller in this one."
    ),
    "delegation_unregistered": Problem(
        422, "The delegation is not registered here", "Links are registered from the root down, each by its issuer."
    ),
    "credential_expired": Problem(422, "A link has ended", "Issue a new delegation, or replace the old one."),
    "credential_not_yet_valid": Problem(422, "A link has not begun", "Wait until its `validFrom`."),
    "holder_unregistered": Problem(
        422,
        "A key by itself holds nothing",
        "A sub-agent is registered first, with proof that it has its key (`POST /v1/agents`): then an organization "
        "answers for it, and it can be stopped. A `did:key` that is no agent here is refused.",
    ),
    "agent_unknown": Problem(422, "The register knows no such agent", "The holder of a delegation is registered here."),
    # Changing one
    "parent_not_active": Problem(
        409,
        "The delegation above is not active",
        "It, its holder or a link above was suspended, ended or revoked.",
    ),
    "delegation_exists": Problem(409, "It is registered already", "A credential's id is registered once."),
    "delegation_revoked": Problem(409, "The delegation was revoked", "That is for good. Issue a new one instead."),
    "delegation_already_suspended": Problem(409, "It is suspended already", "By the same party or by a stronger one."),
    "delegation_not_suspended": Problem(409, "It is not suspended", "There is nothing to resume."),
    "suspended_by_another": Problem(
        403, "Another party suspended it", "Only whoever suspended a delegation can resume it."
    ),
    "delegation_not_yours": Problem(
        403,
        "This is not yours to do",
        "A delegation is revoked by its principal, its issuer or one above; its holder may suspend it.",
    ),
    "already_replaced": Problem(
        409, "It was replaced before", "A delegation is replaced once, so that its usage is carried over once."
    ),
    "replacement_differs": Problem(
        422, "The replacement stands elsewhere", "A replacement has the same principal, parent and agent."
    ),
    "too_many_delegations": Problem(
        409, "There are too many delegations", "1,000 below one delegation, 10,000 of one principal; revoke old ones."
    ),
    # Consent
    "draft_expired": Problem(422, "The draft has expired", "A draft is good for an hour; make it again."),
    "draft_already_used": Problem(409, "The draft was used before", "A draft becomes one delegation."),
    "too_many_drafts": Problem(409, "Too many drafts wait", "Sign some, or wait an hour until they expire."),
    "consent_invalid": Problem(
        422, "The consent does not hold", "A passkey must have signed exactly this delegation and its words."
    ),
    "insufficient_user_authentication": Problem(
        403,
        "A person must have signed in just now",
        "Whoever made the service key signs in with a passkey or a second factor and repeats the call within fifteen "
        "minutes, or approves the draft in the console. A program alone gives away no authority.",
    ),
    "raise_pending": Problem(
        409,
        "A change waits already",
        "Wider limits of this delegation wait out their cooling period; cancel them first.",
    ),
    "delegation_not_active": Problem(
        409, "The delegation is paused or has ended", "Nothing of it changes while it does not stand. Resume it first."
    ),
    "raise_over": Problem(409, "The change does not wait any more", "It has begun, was cancelled, or could not begin."),
    "principal_frozen": Problem(
        409, "The principal paused everything", "Nothing new is issued until the principal goes on, in the console."
    ),
    "principal_not_frozen": Problem(409, "Nothing is paused", "There is no pause to lift."),
    "offer_invalid": Problem(
        422,
        "The offer does not hold",
        "An offer is the vendor's signed token for one agent and one order: made for the agent's own nonce, over a "
        "total above nothing, and good for an hour at most.",
    ),
}
