"""Codes of vendors, authorizations, captures, refunds and approvals.

These are the codes of calls that make no sense or come too late. Why a spend was declined is told by the decline codes
(``identity.delegation.decline_codes``) inside a ``spend_declined`` problem.
"""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    "vendor_mcc": Problem(422, "No merchant category", "`mcc` is four digits, a category of ISO 18245."),
    "vendor_country": Problem(422, "No country", "`country` is two capital letters of ISO 3166-1."),
    "vendor_domains": Problem(422, "Too many domains", "A vendor names at most ten domains, each once."),
    "vendor_assurance": Problem(422, "No assurance level", "An assurance level is a whole number from 0 to 3."),
    "vendor_agent_not_active": Problem(
        409, "The agent is not active", "Only an active agent can be a vendor: reinstate it, or register another one."
    ),
}
