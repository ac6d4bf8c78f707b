"""Choosing under which DID an organization issues, where the choice may rest on a domain it has proven."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from identity.accounts.models import Organization
from identity.credentials.models import IssuerDidMethod, TenantIssuer
from identity.credentials.tenant_issuers import choose_issuer
from identity.journal.actor import Actor
from identity.primitives.multikey import KeyAlgorithm, PublicKey
from registry.directory.named_agent import lock_proven_domains


def choose_proven_issuer(
    *,
    organization: Organization,
    method: IssuerDidMethod,
    domain: str | None = None,
    public_key: PublicKey | None = None,
    algorithm: KeyAlgorithm = KeyAlgorithm.ED25519,
    actor: Actor,
    at: datetime,
) -> TenantIssuer:
    """As ``choose_issuer``, with the organization's domains as they are proven in this very transaction."""
    with transaction.atomic():
        proven = lock_proven_domains(organization) if method == IssuerDidMethod.DOMAIN else frozenset()
        return choose_issuer(
            organization=organization,
            method=method,
            domain=domain,
            proven_domains=proven,
            public_key=public_key,
            algorithm=algorithm,
            actor=actor,
            at=at,
        )
