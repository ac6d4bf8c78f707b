"""The receipt of a decision: the registry's signature over what both parties may know of it.

It follows from the record and from the key that was in charge, so only the key's name is kept with the decision. It is
signed when somebody asks for it: after the commit, while nothing is locked, and again for a repeated call or a later
look, with the same bytes, since EdDSA draws no random numbers (RFC 8032, section 5.1.6). Once that key was found
compromised, the key in charge signs instead.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from identity.agents.addresses import registry_did
from identity.credentials.issuers import current_signer, signer_named
from identity.credentials.jws import algorithm_name, base64url
from identity.primitives.signing import Signer
from identity.spending.attempt import Decided
from identity.spending.evidence import canonical, public_code
from identity.spending.models import Decision

RECEIPT_TYPE = "attorn-receipt+jwt"


class Receipt:
    """Signed when ``text`` is read first. ``record_bytes`` are those of ``record`` as it is kept."""

    __slots__ = ("_record", "_record_bytes", "_signer", "_text")

    def __init__(self, record: dict[str, Any], record_bytes: bytes, signer: Signer, *, kept: str | None = None) -> None:
        self._record = record
        self._record_bytes = record_bytes
        self._signer = signer
        self._text = kept

    @property
    def text(self) -> str:
        """A compact JWS (RFC 7515). Two threads that ask at once may both sign it: they get the same."""
        if self._text is None:
            self._text = sign_claims(_claims(self._record, self._record_bytes), signer=self._signer)
        return self._text


def answered_before(row: Decision, *, in_charge: Signer) -> Decided:
    """What was answered then; ``in_charge`` is what signs now."""
    record = row.parsed_record()
    return Decided(
        id=row.pk,
        verdict=row.verdict,
        decision_class=row.decision_class,
        record=record,
        signed=_kept_with(row, record, in_charge),
        authorization=row.authorization,
        approval=row.approval,
        is_replay=True,
    )


def receipt_of(row: Decision, *, in_charge: Signer | None = None) -> str:
    """The receipt of a decision that was made before; ``in_charge`` is what signs now, where the caller knows it."""
    return _kept_with(row, row.parsed_record(), in_charge or current_signer()).text


def _kept_with(row: Decision, record: dict[str, Any], in_charge: Signer) -> Receipt:
    is_in_charge = row.signed_by == key_name(in_charge) or row.kept_receipt is not None
    signer = in_charge if is_in_charge else signer_named(row.signed_by)
    return Receipt(record, bytes(row.record), signer, kept=row.kept_receipt)


def key_name(signer: Signer) -> str:
    """The name under which ``signer_named`` finds it."""
    return signer.verification_method.rpartition("#")[2]


def sign_claims(claims: dict[str, Any], *, signer: Signer) -> str:
    """A receipt over ``claims``, as a compact JWS."""
    header = _header(signer.verification_method, algorithm_name(signer.public_key))
    signing_input = f"{header}.{base64url(canonical(claims))}"
    return f"{signing_input}.{base64url(signer.sign(signing_input.encode()))}"


@lru_cache(maxsize=256)
def _header(key_id: str, algorithm: str) -> str:
    return base64url(canonical({"alg": algorithm, "kid": key_id, "typ": RECEIPT_TYPE}))


def _claims(record: dict[str, Any], record_bytes: bytes) -> dict[str, Any]:
    """Who, what, how it was answered. The record stays with us; its digest is here, so nobody can change it later."""
    request = record["request"]
    claims = {
        "iss": registry_did(),
        "sub": record["agent"]["did"],
        "aud": record["vendor"]["did"],
        "iat": int(datetime.fromisoformat(record["at"]).timestamp()),
        "decision_id": record["id"],
        "decision": record["verdict"],
        "binding": record["class"] != "D0",
        "authorization_id": record["authorization"],
        "code": public_code(record),
        "amount": request["amount"],
        "held": request["hold"],
        "currency": request["currency"],
        "action": request["action"],
        "order_hash": request["order_hash"],
        "expires_at": record["expires_at"] if record["verdict"] == "approved" else None,
        "record_digest": sha256(record_bytes).hexdigest(),
    }
    if record["verdict"] == "approved" and record.get("assurance") is not None:
        claims["assurance"] = record["assurance"]
    return claims
