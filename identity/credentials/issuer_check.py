"""Who issued it, who shows it, and may they? Of parties of this registry the standing counts; of others we know the key
alone."""

from __future__ import annotations

from identity.agents.models import Agent, AgentStatus
from identity.credentials.checks import Check, CheckName, Outcome, failed, passed, unknown
from identity.credentials.issuers import registry_did
from identity.credentials.keys import KeyFor, ResolvedKey, Unresolved
from identity.credentials.models import Credential, IssuerDidMethod, TenantIssuer
from identity.credentials.own_standing import registry_key

_ENDED = {
    AgentStatus.SUSPENDED: ("issuer_suspended", "The agent that issued it is suspended."),
    AgentStatus.DEACTIVATED: ("issuer_deactivated", "The agent that issued it was deactivated."),
    AgentStatus.REVOKED: ("issuer_suspended", "The registry revoked the agent that issued it."),
}


def check_issuer(issuer: str, *, proof: Check | None) -> Check:
    """The issuer's standing here; *unknown* when its DID document could not be had."""
    key = registry_key(issuer)
    if key is not None and key.revoked_at is not None:
        return failed(CheckName.ISSUER, "issuer_key_revoked", "The registry withdrew the key that signed it.")
    if issuer == registry_did() or key is not None:
        return passed(CheckName.ISSUER, "Issued by this registry.")
    tenant = _tenant(issuer)
    if tenant is not None and _is_withdrawn(tenant):
        return failed(CheckName.ISSUER, "issuer_key_revoked", "Its organization withdrew the key that signed it.")
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


def keys_of_holders(key_for: KeyFor) -> KeyFor:
    """``key_for``, for presentations: none for an agent that is suspended or revoked here.

    Stops such an agent from living on with credentials that others issued to it and never hear of its suspension.
    """

    def ask(verification_method: str) -> ResolvedKey | Unresolved:
        key = key_for(verification_method)
        if isinstance(key, Unresolved):
            return key
        paused = (AgentStatus.SUSPENDED, AgentStatus.REVOKED)
        if Agent.objects.filter(did=key.controller, status__in=paused).exists():
            return Unresolved("holder_suspended", "The agent that shows it is suspended.")
        return key

    return ask


def _tenant(issuer: str) -> TenantIssuer | None:
    rows = TenantIssuer.objects.select_related("organization").filter(did=issuer).order_by("-is_current", "id")
    return next((row for row in rows if _is_proven(row)), None)


def _is_proven(tenant: TenantIssuer) -> bool:
    """Whether the organization has shown that it can sign as this issuer: we hold its key, or keep what it signed.

    Stops an organization from registering somebody else's public key as its own, to be named here as the issuer of what
    that party signs, or to end it all by withdrawing the key.
    """
    if tenant.method != IssuerDidMethod.KEY or tenant.keys.filter(private_key_encrypted__isnull=False).exists():
        return True
    return Credential.objects.filter(issuer=tenant.did, organization=tenant.organization_id).exists()


def _is_withdrawn(tenant: TenantIssuer) -> bool:
    """Whether this did:key was given up: its own text cannot say so, and a thief of the key would go on signing."""
    return tenant.method == IssuerDidMethod.KEY and tenant.keys.filter(revoked_at__isnull=False).exists()
