"""What is lent in the sandbox stays in the sandbox: its agent holds authority over XTS and over nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from identity.accounts.models import Organization
from identity.agents.models import Agent, Vendor
from identity.delegation.link import Terms
from identity.primitives.errors import InvalidInput
from identity.primitives.money import SANDBOX_CURRENCY

# How the registry writes down a consent in the sandbox by somebody without a passkey or an authenticator app. It is no
# second factor, so it counts for no other agent's delegation.
SANDBOX_SIGN_IN = "sandbox"


def refuse_mixed(agent: Agent, terms: Terms) -> None:
    """InvalidInput ``sandbox_only`` where play money and money would meet.

    Stops somebody from lending real authority to an agent that belongs to nobody, and an agent of anybody's from
    earning a name with purchases that cost nothing.
    """
    currencies = set(_currencies(terms))
    if _is_sandboxs(agent.organization):
        if currencies != {SANDBOX_CURRENCY} or terms.max_further_depth:
            raise InvalidInput(
                "sandbox_only", f"The sandbox's agent spends {SANDBOX_CURRENCY} only, and passes nothing on."
            )
    elif SANDBOX_CURRENCY in currencies:
        raise InvalidInput("sandbox_only", f"{SANDBOX_CURRENCY} is spent in the sandbox only.")


def refuse_sandbox_consent(agent: Agent, evidence: dict[str, Any]) -> None:
    """InvalidInput ``consent_invalid``: a consent that counts in the sandbox only, for an agent outside of it."""
    if evidence.get("method") == SANDBOX_SIGN_IN and not _is_sandboxs(agent.organization):
        raise InvalidInput("consent_invalid", "This consent counts in the sandbox only.", field="evidence")


def sells_in_sandbox(vendor: str) -> bool:
    """Whether the vendor with this agent id is the sandbox's."""
    found = Vendor.objects.select_related("agent__organization").filter(pk=vendor).first()
    return found is not None and _is_sandboxs(found.agent.organization)


def _is_sandboxs(organization: Organization | None) -> bool:
    return organization is not None and organization.is_sandbox


def _currencies(terms: Terms) -> Iterable[str]:
    """Every currency that the limits name."""
    for claim in (constraint.claim() for constraint in terms.constraints):
        for part in (claim, claim.get("when")):
            if isinstance(part, dict) and "currency" in part:
                yield part["currency"]
        if claim["type"] == "currencies":
            yield from claim.get("allow", ())
