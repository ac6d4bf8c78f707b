"""Who issued it, and may they? For issuers of this registry their standing counts; of others we know the key alone."""

from __future__ import annotations

from identity.agents.models import Agent, AgentStatus
from identity.credentials.checks import Check, CheckName, Outcome, failed, passed, unknown
from identity.credentials.issuers import registry_did
from identity.credentials.models import IssuerKey, TenantIssuer

_ENDED = {
    AgentStatus.SUSPENDED: ("issuer_suspended", "The agent that issued it is suspended."),
    AgentStatus.DEACTIVATED: ("issuer_deactivated", "The agent that issued it was deactivated."),
}


def check_issuer(issuer: str, *, proof: Check | None) -> Check:
    """The issuer's standing here; *unknown* when its DID document could not be had."""
    if issuer == registry_did() or _is_registry_key(issuer):
        return passed(CheckName.ISSUER, "Issued by this registry.")
    tenant = TenantIssuer.objects.select_related("organization").filter(did=issuer).order_by("-is_current").first()
    if tenant is not None:
        return passed(CheckName.ISSUER, f"Issued by {tenant.organization.name}, an organization of this registry.")
    agent = Agent.objects.filter(did=issuer).first()
    if agent is not None:
        ended = _ENDED.get(AgentStatus(agent.status))
        if ended is not None:
            return failed(CheckName.ISSUER, *ended)
        return passed(CheckName.ISSUER, f"Issued by {agent.display_name}, an agent of this registry.")
    if issuer.startswith(f"{registry_did()}:"):
        return failed(CheckName.ISSUER, "issuer_unknown", "This registry knows no such issuer.")
    if proof is not None and proof.outcome is Outcome.UNKNOWN:
        return unknown(CheckName.ISSUER, "issuer_unreachable", "The issuer's DID document could not be had.")
    return passed(CheckName.ISSUER, f"{issuer[:200]} is not of this registry: its key is known, who it is is not.")


def _is_registry_key(issuer: str) -> bool:
    """Whether this did:key is a key of the registry's own: the older formats know no other name for it. A key that was
    withdrawn is nobody's any more, and the proof of a did:key alone would not say so."""
    multikey = issuer.removeprefix("did:key:")
    return multikey != issuer and IssuerKey.objects.filter(multikey=multikey, revoked_at=None).exists()
