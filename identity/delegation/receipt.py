"""The registry's countersignature: that a link was registered, when, and where its standing is published."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from identity.agents.addresses import registry_did
from identity.credentials.issuers import current_signer
from identity.credentials.jws import sign_jws
from identity.delegation.models import Delegation

RECEIPT_TYPE = "attorn-registration+jwt"


def registration_receipt(delegation: Delegation, *, at: datetime) -> str:
    """A compact token (typ ``attorn-registration+jwt``): the credential's id and digest, the link's id here, the time
    it was registered and its status entries. What a holder shows to say "the ledger knows this link"."""
    signer = current_signer()
    entry = delegation.status_entry
    claims: dict[str, Any] = {
        "iss": registry_did(),
        "sub": delegation.credential_id,
        "delegation": delegation.pk,
        "digest": f"sha-256:{delegation.digest}",
        "registeredAt": int(delegation.created_at.timestamp()),
        "iat": int(at.timestamp()),
        "credentialStatus": entry.credential_status() if entry else [],
    }
    return sign_jws({"typ": RECEIPT_TYPE, "kid": signer.verification_method}, claims, signer=signer)
