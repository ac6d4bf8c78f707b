"""Our lists as W3C Bitstring Status List credentials (v1.0, section 2.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from identity.agents.addresses import registry_did
from identity.credentials.models import StatusListForm, status_list_url
from identity.credentials.proofs.eddsa_jcs_2022 import secure_bytes
from identity.primitives.clock import rfc3339
from identity.primitives.signing import Signer

_CONTEXT = "https://www.w3.org/ns/credentials/v2"


def status_list_credential(
    number: int, form: StatusListForm, encoded: str, *, signer: Signer, valid_from: datetime, valid_until: datetime
) -> bytes:
    """The signed credential of one list and purpose, as the bytes to serve."""
    url = status_list_url(number, form)
    document: dict[str, Any] = {
        "@context": [_CONTEXT],
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
    return secure_bytes(document, signer=signer, created=valid_from)
