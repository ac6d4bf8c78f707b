"""Our lists as W3C Bitstring Status List credentials (v1.0, section 2.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from identity.agents.addresses import registry_did
from identity.credentials.contexts import CREDENTIALS_V2
from identity.credentials.models import StatusListForm, status_list_url
from identity.credentials.proofs.data_integrity import add_proofs
from identity.primitives.canonical import canonicalize
from identity.primitives.clock import rfc3339
from identity.primitives.signing import Signer


def status_list_credential(
    number: int, form: StatusListForm, encoded: str, *, signer: Signer, valid_from: datetime, valid_until: datetime
) -> bytes:
    """The signed credential of one list and purpose, as the bytes to serve: with the proof set of all credentials, so
    that a verifier of either suite reads it."""
    url = status_list_url(number, form)
    document: dict[str, Any] = {
        "@context": [CREDENTIALS_V2],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": registry_did(),
        "validFrom": rfc3339(valid_from),
        "validUntil": rfc3339(valid_until),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": form.name.lower(),
            "encodedList": encoded,
        },
    }
    return canonicalize(add_proofs(document, signer=signer, created=valid_from))
